"""What may be called an address, and how it carries a token."""

from __future__ import annotations

import pytest

from cases.errors import BadInput
from mailer.addresses import plus, valid, wired


@pytest.mark.parametrize(
    "address",
    [
        "jana.vogt@sensorik.example",
        "complaints+abc234@parts.example",
        "o'neill@x.example",
        "qc@localhost",
        "info@bücher.example",
        "王伟@例子.example",
        "a..b@mobile.example",
    ],
)
def test_plain_addresses_are_valid(address: str) -> None:
    assert valid(address)


@pytest.mark.parametrize(
    "address",
    [
        "",
        "jana",
        "@sensorik.example",
        "jana@",
        "jana@sensorik..example",
        "jana@-sensorik.example",
        "a@b@c.example",
        "jana vogt@sensorik.example",
        "jana@sensorik.example\r\nRCPT TO:<evil@x.example>",
        "jana@sensorik.example\n",
        "jana\0@sensorik.example",
        "Jana <jana@sensorik.example>",
        "jana@sensorik.example,evil@x.example",
        '"a@b"@c.example',
        "jana(comment)@sensorik.example",
        "\u202ejana@sensorik.example",
        "a" * 65 + "@sensorik.example",
        "jana@" + "a" * 64 + ".example",
        "jana@" + ".".join(["abcdefghi"] * 26),
    ],
)
def test_what_could_hide_something_is_not_valid(address: str) -> None:
    assert not valid(address)


def test_token_goes_into_the_local_part() -> None:
    assert plus("complaints@parts.example", "abc234") == "complaints+abc234@parts.example"


@pytest.mark.parametrize(
    ("address", "token"),
    [
        ("no address", "abc"),
        ("complaints@parts.example", "a b"),
        ("c" * 50 + "@x.example", "t" * 26),
    ],
)
def test_token_that_does_not_fit_is_refused(address: str, token: str) -> None:
    with pytest.raises(BadInput, match="cannot carry a token"):
        plus(address, token)


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("Jana@Sensorik.example", "Jana@Sensorik.example"),
        ("info@bücher.example", "info@xn--bcher-kva.example"),
        ("info@straße.example", "info@xn--strae-oqa.example"),  # IDNA 2003 would say strasse
        ("王伟@例子.example", "王伟@xn--fsqu00a.example"),
    ],
)
def test_international_domains_are_wired_in_ascii(address: str, expected: str) -> None:
    assert wired(address) == expected
