import time, asyncio
from tests.bot.channels.telegram_town import telegram_town, eventually
async def test_try(module_urls, vectors, monkeypatch):
    with telegram_town(module_urls, vectors, is_polling=False) as town:
        people = [town.newcomer(f"Person {number}") for number in range(20)]
        town.api.hold()
        ids = [chat.send(f"{chat.id} {n}") for chat in people for n in range(10)]
        c=time.process_time(); t=time.monotonic()
        town.api.release(ids)
        await eventually(lambda: town.api.pending_update_count == 0, within=60)
        print("stored", time.process_time()-c, time.monotonic()-t)
        await eventually(lambda: town.waiting() == 0, within=60)
        print("turned", time.process_time()-c, time.monotonic()-t)
        await eventually(lambda: town.rows("select count(*) from outbox where state in ('ready','leased')")==[0], within=60)
        print("sent", time.process_time()-c, time.monotonic()-t, town.rows("select count(*) from outbox"))
