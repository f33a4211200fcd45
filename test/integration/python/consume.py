"""Usage: consume.py BROKERS REGISTRY TOPIC...

Prints all messages of the topics, as Confluent's consumer and its AvroDeserializer have them: a line of JSON each, with topic, key and record.
Bytes are base64, times are microseconds since 1970.
"""

import base64
import datetime
import json
import sys

from confluent_kafka import Consumer, KafkaException, TopicPartition
from confluent_kafka.schema_registry import SchemaRegistryClient
from confluent_kafka.schema_registry.avro import AvroDeserializer
from confluent_kafka.serialization import MessageField, SerializationContext

EPOCH = datetime.datetime(1970, 1, 1, tzinfo=datetime.timezone.utc)
TIMEOUT_S = 30


def plain(value):
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    if isinstance(value, datetime.datetime):
        return (value - EPOCH) // datetime.timedelta(microseconds=1)
    raise TypeError(f"{type(value)} is not expected")


def main(brokers, registry, *topics):
    consumer = Consumer({"bootstrap.servers": brokers, "group.id": "python", "enable.auto.commit": False})
    deserialize = AvroDeserializer(SchemaRegistryClient({"url": registry}))
    left, places = 0, []
    for topic in topics:
        for partition in consumer.list_topics(topic, TIMEOUT_S).topics[topic].partitions:
            low, high = consumer.get_watermark_offsets(TopicPartition(topic, partition), TIMEOUT_S)
            left += high - low
            places.append(TopicPartition(topic, partition, low))
    consumer.assign(places)
    while left > 0:
        message = consumer.poll(TIMEOUT_S)
        if message is None:
            raise TimeoutError(f"{left} messages did not come")
        if message.error():
            raise KafkaException(message.error())
        topic = message.topic()
        record = deserialize(message.value(), SerializationContext(topic, MessageField.VALUE))
        print(json.dumps({"topic": topic, "key": message.key().decode(), "record": record}, default=plain))
        left -= 1
    consumer.close()


main(*sys.argv[1:])
