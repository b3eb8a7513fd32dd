"""Help: what the words mean, what goes wrong in GitLab, and the components page with every macro in every state."""

from datetime import timedelta

from flask import Blueprint, Flask, Response, render_template, request, url_for
from wtforms import (
    BooleanField,
    Form,
    IntegerField,
    PasswordField,
    RadioField,
    SelectField,
    StringField,
    TextAreaField,
    URLField,
)
from wtforms.validators import InputRequired, Length

from app.domain.roles import Role
from app.domain.steps import ORDER, WORDS
from app.domain.symptoms import matching
from app.domain.tokens import PATTERN
from app.lib.clock import now
from app.web import call_codes, theme
from app.web.access import needs
from app.web.charts import Series, lines, stacked
from app.web.context import context, ports
from app.web.filters import compact, spent
from app.web.htmx import close_dialog, fragment, page_or_fragment, redirect, toast, wants_fragment
from app.web.usage_pages import Titled

blueprint = Blueprint("help", __name__, url_prefix="/help")


class Sample(Form):
    """One field of each kind; it is shown and checked, and nothing is kept."""

    name = StringField("Name", [InputRequired("Give it a name."), Length(max=40)], description="Unique.")
    base_url = URLField("Base URL", [InputRequired("Give the address.")], description="For vLLM it ends in /v1.")
    api_key = PasswordField("API key", description="Sent only to the host above.")
    seconds = IntegerField("Time limit in seconds", default=60)
    family = SelectField("Prompt family", choices={"first": "First family", "second": "Second family (beta)"})
    notes = TextAreaField("Notes")
    tls_verify = BooleanField("Check the server's certificate", default=True)
    outcome = RadioField("How well does it work?", choices={"works": "Works", "no": "Will not work"})
    platform = RadioField(
        "Platform",
        choices={"openai_compatible": "OpenAI-compatible", "bedrock": "Amazon Bedrock", "openai": "OpenAI"},
        default="openai_compatible",
    )


def setup(app: Flask) -> None:
    """Serve the pages below /help."""
    app.register_blueprint(blueprint)


@blueprint.get("")
@needs(Role.VIEWER)
def index() -> str:
    """Where to begin and what the words mean."""
    return render_template("help/index.html", steps=[(name.value, WORDS[name].waiting) for name in ORDER])


@blueprint.get("/gitlab")
@needs(Role.VIEWER)
def gitlab() -> Response:
    """What goes wrong in GitLab itself: all of it in groups, or what matches ?q=, the best first."""
    facts = ports().facts
    symptoms = facts.symptoms
    q = request.args.get("q", "")[:200].strip()
    found = matching(symptoms.rows.values(), q)
    ranked = [(None, found)] if found else []
    return page_or_fragment(
        "help/gitlab.html",
        "help/_gitlab.html",
        q=q,
        boxes=ranked if q else symptoms.by_group(),
        found=len(found),
        total=len(symptoms.rows),
        groups=symptoms.groups.values(),
        explain=facts.remedies.explain,
    )


@blueprint.get("/calls")
@needs(Role.VIEWER)
def calls() -> str:
    """How programs call features, and why a call is refused."""
    return render_template("help/calls.html", origin=context().origin, codes=call_codes.GROUPS, pattern=PATTERN)


@blueprint.get("/components")
@needs(Role.VIEWER)
def components() -> str:
    """Every macro in every state, in the theme that ?theme= names."""
    wrong = Sample(prefix="wrong-")
    wrong.validate()
    shown = request.args.get("theme", theme.chosen())
    return render_template(
        "help/components.html",
        root_class=theme.CLASSES.get(shown, theme.theme_class()),
        shown=shown,
        form=Sample(data={"outcome": "works"}),
        wrong=wrong,
        times=[now() - timedelta(minutes=minutes) for minutes in (0, 12, 130, 1500, 6000, 60_000)],
        charts=_sample_charts(),
    )


def _sample_charts() -> list[Titled]:
    """Bars, lines with a gap and a figure that stands alone, and nothing at all."""
    days = [f"{day} Nov" for day in range(1, 9)]
    answered = Series("Answered", "main", [120, 96, 140, 0, 33, 170, 161, 90])
    errors = Series("Errors", "bad", [0, 4, 0, 0, 21, 2, 0, 9])
    median = Series("Median", "main", [240, 260, 250, None, 410, None, 230, 225])
    high = Series("95%", "second", [620, 700, 610, None, 980, None, 640, 600])
    nothing = Series("Answered", "main", [0] * len(days))
    return [
        Titled("sample-bars", "Requests", stacked(days, answered, errors), compact),
        Titled("sample-lines", "Time to first token", lines(days, median, high), spent),
        Titled("sample-none", "Requests, none", stacked(days, nothing), compact),
    ]


@blueprint.route("/components/dialog", methods=["GET", "POST"])
@needs(Role.VIEWER)
def sample_dialog() -> Response:
    """A form in the dialog: refused until it has a name, and kept nowhere."""
    if not wants_fragment():
        return redirect(url_for("help.components", _anchor="dialogs"))
    form = Sample(request.form, prefix="dialog-")
    if request.method == "GET":
        return fragment("help/_dialog.html", form=form)
    if not form.name.validate(form):
        return fragment("help/_dialog.html", 422, form=form)
    return close_dialog(toast(Response(status=204), f"{form.name.data} was read and thrown away."))


@blueprint.get("/components/toast")
@needs(Role.VIEWER)
def sample_toast() -> Response:
    """A toast and nothing else."""
    return toast(Response(status=204), "Saved. This one goes by itself.")
