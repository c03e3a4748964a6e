"""Completion for bash, also for names with characters at which bash splits words, such as @.

click's own script uses bash's words, which split `me@example.org` into three, and inserts names
unescaped. This one reads the line itself, and returns escaped names.
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
_END = "\ue000"  # a private character that no line has; the word with it is the unfinished one
_SPECIAL = re.compile(r"([^\w@%+=:,./-])")
# Special characters between double quotes; a `!` can only be written outside of them.
_SPECIAL_IN_DOUBLE = re.compile(r'([$`"\\])')


def open_quote(line: str) -> str:
    """Return the quote that is still open at the line's end: ``'``, ``"``, or nothing."""
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
    """Escape the text for bash, after an open quote or without one.

    Readline closes the quote, except if the text ends with one.
    """
    if not quote:
        return _SPECIAL.sub(r"\\\1", text)
    if quote == "'":
        found = text.replace("'", r"'\''")
    else:
        found = _SPECIAL_IN_DOUBLE.sub(r"\\\1", text).replace("!", "\"'!'\"")
    return found + quote if found.endswith(quote) else found


class BashCompletion(BashComplete):
    """Parses the line up to the cursor, and completes the part that bash replaces."""

    source_template = _SCRIPT
    _stays = ""
    _quote = ""

    def get_completion_args(self) -> tuple[list[str], str]:
        """Return the finished words after the command, and the unfinished one."""
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
        """Drop the part that bash keeps, and escape the rest."""
        value = str(item.value).removeprefix(self._stays)
        return f"{item.type},{escaped(value, self._quote)}"
