from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.datastructures import Headers

from bot.edge.addresses import Proxies, is_host, is_this_machine, read_proxies, share_of

PEER = "10.0.0.7"


@pytest.mark.parametrize(
    ("told", "chain", "client"),
    [
        ("", "1.1.1.1", PEER),
        ("0", "1.1.1.1", PEER),
        ("1", "", PEER),
        ("1", "1.1.1.1", "1.1.1.1"),
        ("1", "9.9.9.9, 1.1.1.1", "1.1.1.1"),
        ("2", "9.9.9.9, 1.1.1.1, 10.0.0.8", "1.1.1.1"),
        ("2", "1.1.1.1", PEER),
        ("1", "nonsense", PEER),
        ("1", "1.1.1.1:80", PEER),
        ("10.0.0.7", "9.9.9.9, 1.1.1.1", "1.1.1.1"),
        ("10.0.0.0/8", "9.9.9.9, 1.1.1.1, 10.0.0.8", "1.1.1.1"),
        ("10.0.0.0/8", "10.0.0.9, 10.0.0.8", PEER),
        ("10.0.0.8", "1.1.1.1", PEER),
        ("2001:db8::/32, 10.0.0.7", "2001:db8::1", PEER),
        ("10.0.0.7", "2001:db8::1", "2001:db8::1"),
    ],
)
def test_the_client_is_whom_our_proxies_name(told: str, chain: str, client: str) -> None:
    assert read_proxies(told).client(PEER, {"x-forwarded-for": chain}) == client


def test_a_header_in_several_lines_is_one() -> None:
    lines = Headers(raw=[(b"x-forwarded-for", b"9.9.9.9"), (b"x-forwarded-for", b"1.1.1.1")])
    assert read_proxies("1").client(PEER, lines) == "1.1.1.1"


@given(st.text(max_size=60), st.sampled_from(["", "1", "3", "10.0.0.0/8"]))
def test_whatever_a_header_says_an_address_comes_of_it(chain: str, told: str) -> None:
    assert share_of(read_proxies(told).client(PEER, {"x-forwarded-for": chain}))


@pytest.mark.parametrize("told", ["-1", "x", "1.2.3", "10.0.0.1/33", "1;2", "١"])
def test_what_names_no_proxies_is_refused(told: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        read_proxies(told)


FORWARDED = {"x-forwarded-proto": "https", "x-forwarded-host": "chat.example", "x-forwarded-prefix": "/a/b/"}


def test_only_a_proxy_of_ours_says_what_our_address_is() -> None:
    headers = {"host": "localhost:5005", **FORWARDED}
    assert Proxies().public_url(PEER, headers, "/c") == "http://localhost:5005/c"
    assert read_proxies("1").public_url(PEER, headers, "/c") == "https://chat.example/a/b/c"
    assert read_proxies("10.0.0.7").public_url(PEER, headers, "/c") == "https://chat.example/a/b/c"
    assert read_proxies("10.0.0.8").public_url(PEER, headers, "/c") == "http://localhost:5005/c"


@pytest.mark.parametrize(
    ("header", "value"),
    [
        ("x-forwarded-proto", "javascript"),
        ("x-forwarded-host", '"><script>'),
        ("x-forwarded-host", "[x"),
        ("x-forwarded-prefix", '/a"b'),
        ("x-forwarded-prefix", "//evil.example"),
        ("x-forwarded-prefix", "a"),
    ],
)
def test_nor_can_a_proxy_write_what_it_likes(header: str, value: str) -> None:
    assert read_proxies("1").public_url(PEER, {"host": "localhost", header: value}, "/c") == "http://localhost/c"


@pytest.mark.parametrize(
    ("address", "share"),
    [
        ("1.2.3.4", "1.2.3.4"),
        ("::ffff:1.2.3.4", "1.2.3.4"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2::", "2001:db8:1:2::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("", ""),
    ],
)
def test_what_counts_as_one_address(address: str, share: str) -> None:
    assert share_of(address) == share


@pytest.mark.parametrize(
    ("host", "ours"),
    [
        ("localhost", True),
        ("localhost:5005", True),
        ("LOCALHOST", True),
        ("a.localhost:1", True),
        ("127.0.0.1:5005", True),
        ("127.9.9.9", True),
        ("[::1]:5005", True),
        ("[::1]", True),
        ("", False),
        ("10.0.0.1", False),
        ("evil.example", False),
        ("127.0.0.1.evil.example", False),
        ("localhost.evil.example:5005", False),
        ("evil-localhost", False),
        ("[2001:db8::1]", False),
        ("0.0.0.0", False),
    ],
)
def test_which_hosts_are_this_machine(host: str, ours: bool) -> None:
    assert is_this_machine(host) is ours


@pytest.mark.parametrize("host", ["", "[x", "a b", "a@b", "a/b", "a\nb", "ä", "a:b", "a:123456"])
def test_what_is_no_host(host: str) -> None:
    assert not is_host(host)
