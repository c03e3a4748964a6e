"""Nothing is chosen by the text of a message: a code or a field says what is the case.

What can be seen in the source is looked for: a wording function or an error's text that is
compared, searched or split, and words of several that are looked for in a text. `render` makes
text, and may look at it.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

import pytest

from unit.test_architecture import TREES

WORDING = {"cause_text", "causes_text", "holders_text", "problem_text", "sentence"}
FIELDS = {"subject", "fact", "next_step", "message", "problem", "reason", "fault", "seen"}
IS = (ast.Is, ast.IsNot)
SEARCHING = {
    *("startswith", "endswith", "partition", "rpartition", "split", "rsplit", "find", "index"),
    *("removeprefix", "removesuffix", "count"),
}
SEPARATORS = {": ", "; "}
NOT_OURS = {
    "settings/config_file.py": "the TOML library gives its errors no code before Python 3.14",
    "probe/engine_location.py": "names of products, as the engine tells them",
    "checks/explain/evidence.py": "names of signs",
}


def searched(tree: ast.AST) -> Iterator[tuple[ast.expr, list[ast.expr]]]:
    """What is compared or searched, and for what."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Compare) and not isinstance(node.ops[0], IS):
            operands = [node.left, *node.comparators]
            for operand in operands:
                yield operand, [other for other in operands if other is not operand]
        elif name_of(node) in SEARCHING:
            yield from called_on(node)


def called_on(call: ast.AST) -> Iterator[tuple[ast.expr, list[ast.expr]]]:
    if isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute):
        yield call.func.value, call.args


def name_of(call: ast.AST) -> str:
    """The last part of the name of what is called; empty for anything else."""
    return ast.unparse(call.func).rpartition(".")[2] if isinstance(call, ast.Call) else ""


def worded_names(tree: ast.AST) -> set[str]:
    """The names that hold what a wording function gave, or an error that was caught."""
    given = [n for n in ast.walk(tree) if isinstance(n, ast.Assign) and name_of(n.value) in WORDING]
    return {t.id for one in given for t in one.targets if isinstance(t, ast.Name)}


def is_text_of_error(node: ast.AST, caught: set[str]) -> bool:
    return (
        name_of(node) in {"str", "repr"}
        and isinstance(node, ast.Call)
        and any(isinstance(a, ast.Name) and a.id in caught for a in node.args)
    )


def decisions(tree: ast.AST) -> Iterator[str]:
    """Each place where a worded text is compared or searched."""
    names = worded_names(tree)
    caught = {n.name for n in ast.walk(tree) if isinstance(n, ast.ExceptHandler) and n.name}
    for what, _ in searched(tree):
        is_worded = isinstance(what, ast.Name) and what.id in names
        is_field = isinstance(what, ast.Attribute) and what.attr in FIELDS
        is_error = any(
            is_text_of_error(n, caught) for n in ast.walk(what) if isinstance(n, ast.expr)
        )
        if is_worded or is_field or is_error or name_of(what) in WORDING:
            yield ast.unparse(what)


def texts(node: ast.expr | None) -> Iterator[str]:
    """The constants of a literal, but not the values of a mapping."""
    inner = [key for key in node.keys if key] if isinstance(node, ast.Dict) else [node]
    for one in inner:
        for found in ast.walk(one) if one is not None else ():
            if isinstance(found, ast.Constant) and isinstance(found.value, str):
                yield found.value


def phrases_looked_for(tree: ast.Module) -> Iterator[str]:
    """Each phrase of several words, or separator of one, that some text is searched for."""
    constants = {
        target.id: list(texts(node.value))
        for node in tree.body
        if isinstance(node, ast.Assign)
        for target in node.targets
        if isinstance(target, ast.Name)
    }
    for _, sought in searched(tree):
        for one in sought:
            told = constants.get(one.id, []) if isinstance(one, ast.Name) else list(texts(one))
            yield from (t for t in told if t in SEPARATORS or " " in t.strip())


def outside_of_render() -> dict[str, ast.Module]:
    return {m: t for m, t in TREES.items() if not m.startswith("render/") and m not in NOT_OURS}


def test_no_worded_text_is_compared_searched_or_split() -> None:
    found = {module: sorted(set(decisions(tree))) for module, tree in outside_of_render().items()}

    assert {module: places for module, places in found.items() if places} == {}


def test_no_text_is_searched_for_a_phrase_or_split_at_its_punctuation() -> None:
    found = {m: sorted(set(phrases_looked_for(tree))) for m, tree in outside_of_render().items()}

    assert {module: places for module, places in found.items() if places} == {}


def test_every_exemption_is_needed() -> None:
    needed = {m for m in NOT_OURS if [*decisions(TREES[m]), *phrases_looked_for(TREES[m])]}

    assert needed == set(NOT_OURS)


@pytest.mark.parametrize(
    "source",
    [
        "any(cause_text(c).startswith(SHARED) for c in causes)",
        "causes_text(o.causes) == 'unchanged'",
        "text = causes_text(o.causes)\n'cut' in text",
        "subject, _, rest = finding.sentence().partition('x')",
        "known = finding.fact not in others",
        "found = [f for f in findings if f.subject == image]",
        "is_gone = reading.fault == IS_GONE",
        "try:\n    f()\nexcept OSError as problem:\n    cut = 'truncated' in str(problem)",
        "try:\n    f()\nexcept OSError as problem:\n    a = str(problem).partition('x')",
    ],
)
def test_a_decision_by_words_is_found(source: str) -> None:
    assert list(decisions(ast.parse(source))) != []


@pytest.mark.parametrize(
    "source",
    [
        "subject, _, rest = str(problem).partition(': ')",
        "is_cut = 'cut short' in facts.causes",
        "_OF_ENGINE = ('docker-proxy', 'a process of another user')\nwho.startswith(_OF_ENGINE)",
        "GONE = 'is gone since'\nis_gone = fault == GONE",
    ],
)
def test_a_phrase_that_decides_is_found(source: str) -> None:
    assert list(phrases_looked_for(ast.parse(source))) != []
