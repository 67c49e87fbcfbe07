"""The hub's own rules, where a real client would have to be very slow to show them."""

from chat.realtime.hub import CLOSE_TOO_SLOW, QUEUE_FRAMES, Socket, Standing


async def test_a_client_that_does_not_read_is_let_go_and_its_frames_with_it() -> None:
    socket = Socket()
    for number in range(QUEUE_FRAMES + 1):
        socket.push(str(number))
    assert socket.close_code == CLOSE_TOO_SLOW
    assert await socket.frames.get() is None


async def test_what_was_queued_before_closing_still_goes_out() -> None:
    socket = Socket()
    socket.push("last words")
    socket.close(4401)
    socket.push("too late")
    assert [await socket.frames.get(), await socket.frames.get()] == ["last words", None]
    assert socket.frames.empty()


async def test_the_first_reason_to_close_counts() -> None:
    socket = Socket()
    socket.close(4401)
    socket.close(4408)
    assert socket.close_code == 4401


def test_a_standing_is_behind_in_any_of_its_numbers() -> None:
    shown = Standing(seq=3, note_seq=1, version=2)
    assert not shown.is_behind(Standing(seq=3, note_seq=1, version=2))
    assert shown.is_behind(Standing(seq=4))
    assert shown.is_behind(Standing(note_seq=2))
    assert shown.is_behind(Standing(version=3))
