import asyncio

import pytest

from behaviorvlm.chat.throttle import Throttle


def test_only_so_many_enter_and_in_the_order_they_came():
    async def scene():
        throttle, entered = Throttle(2), []

        async def enter(number):
            slot = await throttle.enter()
            entered.append(number)
            return slot

        tasks = [asyncio.create_task(enter(number)) for number in range(4)]
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        assert entered == [0, 1]
        throttle.answered(tasks[0].result())
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        assert entered == [0, 1, 2]
        throttle.failed()
        await asyncio.gather(*tasks)
        assert entered == [0, 1, 2, 3]
        assert throttle.in_flight == 2

    asyncio.run(scene())


@pytest.mark.parametrize("admitted", [False, True])
def test_whoever_is_cancelled_leaves_no_gap(admitted):
    async def scene():
        throttle = Throttle(1)
        slot = await throttle.enter()
        task = asyncio.create_task(throttle.enter())
        await asyncio.sleep(0)
        if admitted:
            throttle.answered(slot)  # its turn has come, and it has not noticed
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        if not admitted:
            throttle.answered(slot)
        assert throttle.in_flight == 0
        await asyncio.wait_for(throttle.enter(), 1)

    asyncio.run(scene())


def test_a_pause_holds_everybody_back_and_ends():
    async def scene():
        throttle, loop = Throttle(1), asyncio.get_running_loop()
        for _ in range(5):
            await throttle.enter()
            throttle.overloaded(retry_after_s=0.05)
        start_s = loop.time()
        await asyncio.gather(throttle.enter())
        assert loop.time() - start_s > 0.04

    asyncio.run(scene())
