"""Sending to Kafka from an agent: every message acknowledged by the broker before the call returns."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import faust
from aiokafka.errors import KafkaError
from faust.exceptions import FaustError

from pipeline.errors import Retry
from pipeline.sinks.dead_letters import Outgoing


async def send_all(app: faust.App, messages: Sequence[Outgoing]) -> None:
    """Sends the messages and waits until the broker has them; raises `Retry` where it does not take them.

    Sizes are checked before: no message that reaches this can be too large.
    """
    producer = await app.maybe_start_producer()
    try:
        sent = [
            await producer.send(message.topic, message.key, message.value, None, None, message.headers)
            for message in messages
        ]
        await asyncio.gather(*sent)
    except (KafkaError, FaustError) as error:
        raise Retry(f"Kafka did not take {len(messages)} messages ({type(error).__name__}: {error})") from error
