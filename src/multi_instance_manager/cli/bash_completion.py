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
    response=$(env COMP_LINE="${COMP_LINE:0:COMP_POINT}" COMP_WORD="${COMP_WORDS[COMP_CWORD]}" \
        COMP_COMMAND="$1" COMP_REPLACED="$2" %(complete_var)s=bash_complete "$1")
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
_QUOTES = ("'", '"')


class BashCompletion(BashComplete):
    """Reads the line up to the cursor, and answers in what bash replaces of it."""

    source_template = _SCRIPT
    _stays = ""
    _is_quoted = False

    def get_completion_args(self) -> tuple[list[str], str]:
        """Give the finished words after the command, and the unfinished one."""
        *words, last = split_arg_string(os.environ["COMP_LINE"] + _END)
        incomplete = last.removesuffix(_END)
        self._is_quoted = os.environ.get("COMP_WORD", "").startswith(_QUOTES)
        replaced = os.environ.get("COMP_REPLACED", "")
        if not self._is_quoted:
            replaced = "".join(split_arg_string(replaced))
        self._stays = incomplete.removesuffix(replaced)
        command = os.environ.get("COMP_COMMAND", "")
        first = words.index(command) + 1 if command in words else 1
        return words[first:], incomplete

    def format_completion(self, item: CompletionItem) -> str:
        """Leave out what bash leaves standing, and escape what it would read as its own."""
        value = str(item.value).removeprefix(self._stays)
        shown = value if self._is_quoted else _SPECIAL.sub(r"\\\1", value)
        return f"{item.type},{shown}"
