"""What a prompt's template may do: print what people send through `data`, and nothing else that comes from them.

A template is text with conditions. It has no loops, assignments, macros or parts of other features, and none is
needed; so what goes out can be told from the file alone.
"""

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from types import MappingProxyType

from jinja2 import Environment, FileSystemLoader, StrictUndefined, TemplateError, nodes
from jinja2.sandbox import ImmutableSandboxedEnvironment

from app.data.faults import FactsError
from app.domain.composing import COMPLETIONS
from app.domain.delimiting import delimited, verbatim

BASE, SUFFIX = "base", ".jinja"
SYSTEM, USER = "system", "user"
ROLES = (SYSTEM, USER)
TOOLS = "tools"
HELPERS: Mapping[str, Callable[..., str]] = MappingProxyType({"data": delimited, "verbatim": verbatim})


def environment(root: Path) -> Environment:
    """The sandbox that templates run in; a file that was read once is not looked at again."""
    found = ImmutableSandboxedEnvironment(
        loader=FileSystemLoader(root),
        undefined=StrictUndefined,
        autoescape=False,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    found.globals = dict(HELPERS)
    return found


def check(found: Environment, path: str, source: str, inputs: Iterable[str] | None) -> None:
    """Raise FactsError for a template that does more than it may; `inputs` None: the feature's are not known."""
    try:
        tree = found.parse(source, path)
    except TemplateError as problem:
        raise FactsError(path, "", "", str(problem)) from problem
    _Check(path).whole(tree)
    if inputs is None:
        return
    # System text also goes in front of callers' own messages, where there are no inputs.
    known = {TOOLS} if path.endswith(SYSTEM + SUFFIX) else {TOOLS, *inputs}
    for name in tree.find_all(nodes.Name):
        if name.name not in known and name.name not in HELPERS:
            told = f"“{name.name}” is not there; this file knows {', '.join(sorted(known))}"
            raise FactsError(path, f"line {name.lineno}", "", told)


class _Check:
    """One template, walked from top to bottom."""

    def __init__(self, path: str) -> None:
        self._path = path
        self._feature, self._folder, self._file = path.split("/")
        self._calls: set[int] = set()

    def whole(self, tree: nodes.Template) -> None:
        self._statements(tree.body)
        for call in tree.find_all(nodes.Call):
            if id(call) not in self._calls:
                self._refuse(call, f"calls something; only {' and '.join(HELPERS)} may be called, to print")
        for reach in tree.find_all((nodes.Getattr, nodes.Getitem)):
            self._refuse(reach, "reaches into a value")

    def _statements(self, body: Iterable[nodes.Node]) -> None:
        for each in body:
            match each:
                case nodes.Output():
                    for part in each.nodes:
                        self._printed(part)
                case nodes.If():
                    self._statements([*each.body, *each.elif_, *each.else_])
                case nodes.Block():
                    self._statements(each.body)
                case nodes.Extends():
                    self._extends(each)
                case _:
                    self._refuse(each, f"uses {type(each).__name__.lower()}; text, if, block and extends are enough")

    def _extends(self, each: nodes.Extends) -> None:
        """A family may fill the blocks of base's file beside it, so that a lost file concerns its feature alone."""
        parent = f"{self._feature}/{BASE}/{self._file}"
        if self._folder == BASE or not isinstance(each.template, nodes.Const) or each.template.value != parent:
            self._refuse(each, f"extends another file than {parent}, or is that file")

    def _printed(self, part: nodes.Node) -> None:
        match part:
            case nodes.TemplateData() | nodes.Const():
                return
            case nodes.CondExpr():
                self._printed(part.expr1)
                if part.expr2 is not None:
                    self._printed(part.expr2)
            case nodes.Call() if self._is_helper(part):
                self._calls.add(id(part))
            case _:
                self._refuse(part, 'prints a value bare; write {{ data("name", name) }}')

    def _is_helper(self, call: nodes.Call) -> bool:
        """data("x", x) anywhere; verbatim(x) only where a family's form asks for the code as it is."""
        if not isinstance(call.node, nodes.Name) or call.kwargs or call.dyn_args or call.dyn_kwargs:
            return False
        if call.node.name == "data" and len(call.args) == 2:
            tag, value = call.args
            used = {name.name for name in ([value] if isinstance(value, nodes.Name) else value.find_all(nodes.Name))}
            return isinstance(tag, nodes.Const) and used == {tag.value}
        in_form = self._feature == COMPLETIONS and self._folder != BASE and self._file == USER + SUFFIX
        return in_form and call.node.name == "verbatim" and len(call.args) == 1 and isinstance(call.args[0], nodes.Name)

    def _refuse(self, at: nodes.Node, problem: str) -> None:
        raise FactsError(self._path, f"line {at.lineno}", "", problem)
