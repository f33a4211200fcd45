// SPDX-License-Identifier: Apache-2.0
/*
 * Usage: kafka-mock BROKERS
 *
 * librdkafka's mock cluster as a process of its own. Prints the bootstrap servers, then takes commands from standard input, one a line, and
 * answers each with "ok" or "error WHY". Ends with its standard input.
 *
 *   topic NAME PARTITIONS REPLICAS     creates a topic
 *   errors API CODE...                 the next requests of this kind (0 is Produce) fail with these codes, one each; 0 is no error
 *   leader TOPIC PARTITION BROKER      moves the leader of a partition; -1: it has none
 *   down BROKER | up BROKER            disconnects a broker and takes no connections for it; takes them again
 *   delay BROKER MILLISECONDS          every response of this broker waits that long
 */
#include <librdkafka/rdkafka.h>
#include <librdkafka/rdkafka_mock.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAX_ERRORS 1024
#define MAX_LINE 16384

static rd_kafka_mock_cluster_t *cluster;

static int number(long *value)
{
	const char *text = strtok(NULL, " ");
	char *end;

	if (!text)
		return 0;
	*value = strtol(text, &end, 10);
	return *end == 0;
}

static const char *push_errors(void)
{
	static rd_kafka_resp_err_t errors[MAX_ERRORS];
	size_t count = 0;
	long api, code;

	if (!number(&api))
		return "errors API CODE...";
	while (number(&code)) {
		if (count == MAX_ERRORS)
			return "too many errors";
		errors[count++] = (rd_kafka_resp_err_t)code;
	}
	if (count == 0)
		return "errors API CODE...";
	rd_kafka_mock_push_request_errors_array(cluster, (int16_t)api, count, errors);
	return NULL;
}

/* NULL when it was done, else why not. */
static const char *run(char *line)
{
	const char *command = strtok(line, " ");
	const char *name;
	long a, b;
	rd_kafka_resp_err_t error;

	if (!command)
		return "no command";
	if (!strcmp(command, "errors"))
		return push_errors();
	if (!strcmp(command, "topic")) {
		name = strtok(NULL, " ");
		if (!name || !number(&a) || !number(&b))
			return "topic NAME PARTITIONS REPLICAS";
		error = rd_kafka_mock_topic_create(cluster, name, (int)a, (int)b);
	} else if (!strcmp(command, "leader")) {
		name = strtok(NULL, " ");
		if (!name || !number(&a) || !number(&b))
			return "leader TOPIC PARTITION BROKER";
		error = rd_kafka_mock_partition_set_leader(cluster, name, (int32_t)a, (int32_t)b);
	} else if (!strcmp(command, "down") || !strcmp(command, "up")) {
		if (!number(&a))
			return "down|up BROKER";
		error = *command == 'd' ? rd_kafka_mock_broker_set_down(cluster, (int32_t)a)
					: rd_kafka_mock_broker_set_up(cluster, (int32_t)a);
	} else if (!strcmp(command, "delay")) {
		if (!number(&a) || !number(&b))
			return "delay BROKER MILLISECONDS";
		error = rd_kafka_mock_broker_set_rtt(cluster, (int32_t)a, (int)b);
	} else {
		return "no such command";
	}
	return error ? rd_kafka_err2str(error) : NULL;
}

int main(int argc, char **argv)
{
	char text[512], line[MAX_LINE];
	int brokers = argc == 2 ? atoi(argv[1]) : 0;
	rd_kafka_t *client;

	if (brokers < 1) {
		fprintf(stderr, "usage: kafka-mock BROKERS\n");
		return 2;
	}
	client = rd_kafka_new(RD_KAFKA_PRODUCER, rd_kafka_conf_new(), text, sizeof(text));
	cluster = client ? rd_kafka_mock_cluster_new(client, brokers) : NULL;
	if (!cluster) {
		fprintf(stderr, "kafka-mock: no cluster\n");
		return 1;
	}
	/* Without one, no client would learn which topics there are. */
	rd_kafka_mock_set_controller_id(cluster, 1);
	setvbuf(stdout, NULL, _IOLBF, 0);
	printf("%s\n", rd_kafka_mock_cluster_bootstraps(cluster));
	while (fgets(line, sizeof(line), stdin)) {
		const char *why;

		line[strcspn(line, "\n")] = 0;
		why = run(line);
		if (why)
			printf("error %s\n", why);
		else
			printf("ok\n");
	}
	rd_kafka_mock_cluster_destroy(cluster);
	rd_kafka_destroy(client);
	return 0;
}
