"""Labels: written and read back; anything that is not a whole set of ours is nobody's."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from multi_instance_manager.fleet import labels
from multi_instance_manager.fleet.labels import Identity, InstanceLabels, parse_labels
from unit.builders import spec_of

OURS = spec_of("user-a").labels()
texts = st.text(max_size=20)
PORTS = st.integers(1, 65535)
names = texts.filter(lambda text: text and text[0] != "." and not set(text) & {"/", "\0"})


@given(
    st.builds(
        InstanceLabels,
        st.builds(Identity, texts, texts, names, st.integers(0, 65535), PORTS, PORTS),
        texts,
        texts,
        st.dictionaries(texts, texts, max_size=4).map(lambda parts: tuple(parts.items())),
    )
)
def test_labels_are_read_back_as_they_were_written(written: InstanceLabels) -> None:
    assert parse_labels(written.as_mapping()) == written


def test_every_label_is_in_our_namespace() -> None:
    assert all(key.startswith("multi-instance.") for key in OURS.as_mapping())


@pytest.mark.parametrize(
    "key",
    [
        labels.FLEET,
        labels.ROOT,
        labels.PROFILE,
        labels.SLOT,
        labels.API_PORT,
        labels.STREAM_PORT,
    ],
)
def test_a_container_that_lacks_a_label_is_not_ours(key: str) -> None:
    mapping = OURS.as_mapping()
    del mapping[key]

    assert parse_labels(mapping) is None


@pytest.mark.parametrize("key", [labels.SLOT, labels.API_PORT, labels.STREAM_PORT])
@pytest.mark.parametrize("text", ["", "one", "1.5", "0x10"])
def test_a_label_that_is_no_number_where_one_belongs_is_not_ours(key: str, text: str) -> None:
    assert parse_labels({**OURS.as_mapping(), key: text}) is None


@pytest.mark.parametrize(
    "name", ["", ".", "..", ".hidden", "../x", "../../../../victim/x", "/etc/x", "a/b", "a\0b"]
)
def test_a_name_that_is_no_file_name_is_not_ours(name: str) -> None:
    assert parse_labels({**OURS.as_mapping(), labels.PROFILE: name}) is None


@pytest.mark.parametrize("text", ["[" * 5_000, '{"a":' * 5_000, f'{{"a": "{"b" * 2**21}"}}'])
def test_parts_without_an_end_are_not_ours(text: str) -> None:
    assert parse_labels({**OURS.as_mapping(), labels.SPEC_PARTS: text}) is None


@pytest.mark.parametrize("text", ["", "{", "[]", "null", "1", '"x"'])
def test_parts_that_make_no_sense_are_not_ours(text: str) -> None:
    assert parse_labels({**OURS.as_mapping(), labels.SPEC_PARTS: text}) is None


@pytest.mark.parametrize("key", [labels.IMAGE_ID, labels.SPEC_HASH, labels.SPEC_PARTS])
def test_a_container_without_its_hash_is_ours_and_outdated(key: str) -> None:
    mapping = OURS.as_mapping()
    del mapping[key]

    found = parse_labels(mapping)
    assert found is not None
    assert found.identity == OURS.identity
    assert found != OURS


@pytest.mark.parametrize(
    "foreign", [{}, {"com.docker.compose.project": "x"}, {"multi-instance.fleet": "ai-proxy"}]
)
def test_the_labels_of_others_are_not_ours(foreign: dict[str, str]) -> None:
    assert parse_labels(foreign) is None


def test_labels_of_others_beside_ours_do_not_matter() -> None:
    assert parse_labels({**OURS.as_mapping(), "maintainer": "somebody"}) == OURS
