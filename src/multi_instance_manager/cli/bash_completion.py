"""Completion for bash, where names may hold what bash breaks words at, such as an address's @.

click's own script hands over bash's words, which `me@example.org` is three of, and inserts names
as they are, blanks and all. Here the line itself is read, and names come back escaped.
"""

from __future__ import annotations

import os
import re

from click.shell_completion import BashComplete, CompletionItem, split_arg_string

_SCRIPT = r"""%(complete_func)s() {
    local response type value
    response=$(env COMP_LINE="${COMP_LINE:0:COMP_POINT}" COMP_COMMAND="$1" \
        COMP_REPLACED="$2" %(complete_var)s=bash_complete "$1")
    while IFS=, read -r type value; do
        case $type in
            dir) compopt -o dirnames ;;
            file) compopt -o default ;;
            plain) COMPREPLY+=("$value") ;;
        esac
    done <<< "$response"
}

complete -o nosort -F %(complete_func)s %(prog_name)s
"""
_END = "\ue000"  # a private letter that no line holds; what it is part of is the unfinished word
_SPECIAL = re.compile(r"([^\w@%+=:,./-])")
# What bash still acts on between double quotes; a `!` can only be written outside of them.
_SPECIAL_IN_DOUBLE = re.compile(r'([$`"\\])')


def open_quote(line: str) -> str:
    """The quote that a line leaves open at its end: ``'``, ``"``, or nothing."""
    quote = ""
    characters = iter(line)
    for character in characters:
        if character == "\\" and quote != "'":
            next(characters, None)
        elif quote:
            quote = "" if character == quote else quote
        elif character in "'\"":
            quote = character
    return quote


def escaped(text: str, quote: str) -> str:
    """The text as bash reads it as itself, behind a quote that is open, or behind none.

    Readline closes the quote, but not where the text ends with one.
    """
    if not quote:
        return _SPECIAL.sub(r"\\\1", text)
    if quote == "'":
        found = text.replace("'", r"'\''")
    else:
        found = _SPECIAL_IN_DOUBLE.sub(r"\\\1", text).replace("!", "\"'!'\"")
    return found + quote if found.endswith(quote) else found


class BashCompletion(BashComplete):
    """Reads the line up to the cursor, and answers in what bash replaces of it."""

    source_template = _SCRIPT
    _stays = ""
    _quote = ""

    def get_completion_args(self) -> tuple[list[str], str]:
        """Give the finished words after the command, and the unfinished one."""
        *words, last = split_arg_string(os.environ["COMP_LINE"] + _END)
        incomplete = last.removesuffix(_END)
        self._quote = open_quote(os.environ["COMP_LINE"])
        replaced = os.environ.get("COMP_REPLACED", "")
        if not self._quote:
            replaced = "".join(split_arg_string(replaced))
        self._stays = incomplete.removesuffix(replaced)
        command = os.environ.get("COMP_COMMAND", "")
        first = words.index(command) + 1 if command in words else 1
        return words[first:], incomplete

    def format_completion(self, item: CompletionItem) -> str:
        """Leave out what bash leaves standing, and escape what it would read as its own."""
        value = str(item.value).removeprefix(self._stays)
        return f"{item.type},{escaped(value, self._quote)}"
