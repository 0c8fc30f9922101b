import asyncio
import threading

import pytest

from behaviorvlm.chat.loop import LoopThread
from behaviorvlm.errors import ModelServerError


def test_work_is_done_on_one_thread_and_its_result_comes_back():
    async def work():
        return threading.current_thread()

    loop = LoopThread()
    assert loop.run(work()) is loop.run(work()) is not threading.current_thread()
    loop.close()
    with pytest.raises(ModelServerError, match="stopped"):
        loop.run(work())


def test_closing_cancels_the_work_and_leaves_to_it_what_it_started():
    loop, begun, ends = LoopThread(), threading.Event(), []

    async def helper():
        await asyncio.sleep(0.05)
        return "helper came to its end"

    async def work():
        task = asyncio.create_task(helper())
        try:
            begun.set()
            await asyncio.sleep(600)
        finally:
            ends.append(await task)

    def ask():
        with pytest.raises(ModelServerError, match="stopped"):
            loop.run(work())
        ends.append("asker was told")

    asker = threading.Thread(target=ask)
    asker.start()
    begun.wait()
    loop.close()
    asker.join()
    assert ends == ["helper came to its end", "asker was told"]
