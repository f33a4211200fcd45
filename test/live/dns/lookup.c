/*
 * Usage: lookup < NAMES
 * Asks the C library (getaddrinfo, both families) for each name, a line each, and prints as JSON what it said: a line for each name.
 */
#include <netdb.h>
#include <stdio.h>
#include <string.h>
#include <arpa/inet.h>
#include <sys/socket.h>

static void print_addresses(const struct addrinfo *found)
{
	const char *separator = "";
	for (; found; found = found->ai_next) {
		char text[INET6_ADDRSTRLEN];
		const void *address = found->ai_family == AF_INET
					      ? (const void *)&((struct sockaddr_in *)found->ai_addr)->sin_addr
					      : (const void *)&((struct sockaddr_in6 *)found->ai_addr)->sin6_addr;
		printf("%s\"%s\"", separator, inet_ntop(found->ai_family, address, text, sizeof(text)));
		separator = ",";
	}
}

int main(void)
{
	const struct addrinfo hints = {.ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM};
	char name[256];
	while (fgets(name, sizeof(name), stdin)) {
		struct addrinfo *found = NULL;
		name[strcspn(name, "\n")] = 0;
		const int status = getaddrinfo(name, NULL, &hints, &found);
		printf("{\"name\":\"%s\",\"error\":", name);
		if (status)
			printf("\"%s\",\"addresses\":[", gai_strerror(status));
		else
			printf("null,\"addresses\":[");
		print_addresses(found);
		puts("]}");
		if (found)
			freeaddrinfo(found);
	}
	return 0;
}
