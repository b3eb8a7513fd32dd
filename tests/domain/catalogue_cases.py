"""Models and entries for what is written of the whole catalogue, hostile names among them."""

from dataclasses import replace
from datetime import UTC, datetime

from app.domain.catalogue import Hardware
from app.domain.catalogue_whole import ToldReport, WholeEntry, WholeModel
from app.domain.sources import Source

NOW = datetime(2026, 11, 28, 12, tzinfo=UTC)
SOURCE = Source("GPT-OSS-120B on vLLM", "19.2", "https://docs.gitlab.com/gpt_oss/")

ENTRY = WholeEntry(
    id="p1",
    host="vllm",
    host_label="vLLM",
    variant="",
    tier="supported",
    tier_reasons=("GitLab 19.2 states full functionality of it for Chat.",),
    levels={"code_completion": "full", "code_generation": "full", "chat": "partial", "agent_platform": ""},
    stars=4.5,
    confidence=0.625,
    sureness="high",
    rating_words=("2 installations, 1 with a test attached.",),
    reports=2,
    installations=2,
    answers={"chat": {"works": 3, "notes": 1}, "code_completion": {"works": 2}, "agent_platform": {"fails": 1}},
    votes=7,
    origin="gitlab",
)
MODEL = WholeModel(
    slug="gpt-oss-120b",
    name="GPT-oss-120B",
    group="GPT",
    maker="OpenAI",
    family="gpt",
    family_label="GPT",
    size=117.0,
    active=5.1,
    context=131072,
    licence="Apache-2.0",
    open_weights=True,
    note="",
    deprecated_since="18.3",
    replacement="Mistral Small",
    source={"title": "Models", "version": "19.2", "page": "https://docs.gitlab.com/models/"},
    hardware=(Hardware("GPT-oss-120B", "H100", 2, 80, SOURCE, need=63, context=65536, requests=34),),
    entries=(ENTRY, replace(ENTRY, id="p2", host="ollama", host_label="Ollama", stars=None, reports=0, votes=0)),
)
# A name with everything that means something in Markdown, HTML and GitLab.
HOSTILE = (
    "a|b <img src=x onerror=alert(1)> `c` [d](javascript:e) *f* @all ~g !1 #2 $h$ https://evil.example www.evil.example"
)
HOSTILE_MODEL = replace(
    MODEL, name=HOSTILE, maker=HOSTILE, licence=HOSTILE, note=HOSTILE, group=HOSTILE, replacement=HOSTILE,
    source={"title": HOSTILE, "version": "", "page": "javascript:alert(1)"},
    entries=(replace(ENTRY, variant=HOSTILE, host_label=HOSTILE, tier_reasons=(HOSTILE,)),),
)  # fmt: skip
FIRST = {"server": "vLLM 0.18", "gitlab": "19.2", "air_gapped": True}
REPORTS = (
    ToldReport(
        "a", NOW, "gpt", 2, {"duo_chat": "works"}, {"server": "vLLM 0.18", "gitlab": "19.2", "air_gapped": True}
    ),
    ToldReport("b", NOW, "gpt", 1, {"duo_chat": "notes"}, {"server": "vLLM 0.18", "quantisation": HOSTILE}),
)
