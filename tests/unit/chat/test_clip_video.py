"""A clip as a video file in memory, and on its way to a server."""

import io
import json

import av
import numpy as np
import pytest

from behaviorvlm.chat.clip_video import encode_video
from behaviorvlm.chat.message import Message, Picture
from behaviorvlm.chat.model import ChatRequest
from behaviorvlm.chat.openai_compatible_text import request_body


def pictures(count: int = 7, size: tuple[int, int] = (65, 97)) -> list[np.ndarray]:
    return [np.full((*size, 3), 30 * number, np.uint8) for number in range(count)]


def test_the_frames_come_back_with_their_rate() -> None:
    video = encode_video(pictures(), rate_hz=4.0)
    with av.open(io.BytesIO(video.content)) as file:
        frames = [frame.to_ndarray(format="rgb24") for frame in file.decode(video=0)]
        assert float(file.streams.video[0].average_rate) == pytest.approx(4.0)
    assert [frame.shape for frame in frames] == [(64, 96, 3)] * 7
    assert np.abs([frame.mean() - 30 * number for number, frame in enumerate(frames)]).max() < 4


def test_the_same_pictures_give_the_same_hash() -> None:
    assert encode_video(pictures(), rate_hz=4.0).content_hash == encode_video(pictures(), rate_hz=4.0).content_hash


@pytest.mark.parametrize("kind", ["video_url", "input_video"])
def test_a_video_is_sent_as_the_kind_of_part_that_the_server_takes(kind: str) -> None:
    video = encode_video(pictures(2), rate_hz=4.0, kind=kind)
    message = Message.of("user", Picture(b"a"), video, "What happens?")
    body = request_body(ChatRequest((message,)), model="m", structured="text", limit_name="max_tokens")
    image, clip, _ = json.loads(body)["messages"][0]["content"]
    assert image["type"] == "image_url"
    assert clip["type"] == kind
    assert clip[kind]["url"].startswith("data:video/mp4;base64,")


def test_a_video_is_outlined_by_its_hash_like_a_picture() -> None:
    video = encode_video(pictures(2), rate_hz=4.0)
    assert Message.of("user", video).outline()["parts"] == [{"picture": video.content_hash, "media_type": "video/mp4"}]
