"""Which places are examples, and which are those of known makers."""

import pytest

from shellwright.skills.filters.threats.trust import addresses


@pytest.mark.parametrize(
    "host",
    """example.com api.example.org shop.example x.test a.b.invalid localhost printer.local
    127.0.0.1 10.1.2.3 172.20.0.1 192.168.1.4""".split(),  # noqa: SIM905
)
def test_reserved_names_and_near_machines_are_examples(host: str) -> None:
    assert all(place.example for place in addresses(f"https://{host}/x"))


@pytest.mark.parametrize(
    "host",
    """your-tools.xyz get.site-a.xyz my-evil.xyz example.xyz example.com.evil.top bad.top
    printer.local.top 10.top.xyz myexample.com 203.0.113.7 999.1.1.1""".split(),  # noqa: SIM905
)
def test_names_that_somebody_can_own_are_no_examples(host: str) -> None:
    (place,) = addresses(f"https://{host}/x")
    assert not place.example and not place.known


@pytest.mark.parametrize("up", ["..", "%2e%2e", ".%2E", "..%2f.."])
def test_a_path_that_steps_up_is_not_that_of_its_first_owner(up: str) -> None:
    (place,) = addresses(f"https://raw.githubusercontent.com/github/{up}/attackerx/a/main/x.sh")
    assert not place.known
    assert addresses("https://raw.githubusercontent.com/github/a..b/main/x.sh")[0].known
