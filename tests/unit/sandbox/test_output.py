"""What is kept of a stream has a bound, and loses nothing else."""

from hypothesis import given
from hypothesis import strategies as st

from shellwright.sandbox.guest.output import Output, Recorder
from shellwright.sandbox.terminal import events

chunks = st.lists(st.binary(max_size=40), max_size=40)


@given(chunks, st.integers(1, 200))
def test_head_and_tail_of_a_stream(parts: list[bytes], limit: int) -> None:
    output = Output(limit)
    for part in parts:
        output.feed(part)
    whole = b"".join(parts)
    half = max(limit // 2, 1)
    kept, omitted = output.kept()
    if len(whole) <= 2 * half:
        assert (kept, omitted) == (whole, 0)
    else:
        assert omitted == len(whole) - 2 * half
        mark = f"\n[... {omitted} bytes omitted ...]\n".encode()
        assert kept == whole[:half] + mark + whole[-half:]


@given(chunks, st.integers(0, 200))
def test_a_recording_is_the_first_bytes_of_the_stream(parts: list[bytes], limit: int) -> None:
    recorder = Recorder(limit)
    for part in parts:
        recorder.feed(part)
    found = events(bytes(recorder.events))
    assert b"".join(data for _, data in found) == b"".join(parts)[:limit]
    assert [at for at, _ in found] == sorted(at for at, _ in found)
