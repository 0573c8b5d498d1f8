/* Talking to the server of this user: where it is, whether it is ours, and the bytes of a question. */
#ifndef PYI_WIRE_H
#define PYI_WIRE_H

#include <stddef.h>
#include <stdint.h>
#include <sys/un.h>

/* The wire is described in server/shim/wire.ts. */
enum { MAX_QUESTION = 256 * 1024, HEAD_BYTES = 16 };
enum { FLAG_ERROR_TERMINAL = 1, FLAG_INPUT = 2, FLAG_HOOK = 4 };

struct buffer { char *bytes; size_t length, capacity; };

/* How long the server is waited for, in milliseconds: while it is silent, and in all. */
struct patience { long silent, longest; };

/* Add to a question. Return 0, or not when it becomes too long. */
int append(struct buffer *to, const void *bytes, size_t length);
int append_text(struct buffer *to, const char *text);
int append_count(struct buffer *to, uint32_t count);

void put_number(unsigned char *at, uint32_t value);
uint32_t get_number(const unsigned char *at);

/* Milliseconds of a clock that nobody sets. */
long millis(void);

/* Writes the directory of the server to `to`: it need not exist. Returns its length, or -1 when there can be none. */
int runtime_directory(char *to, size_t size);

/* As strict as the server: whether a directory is ours, and closed to everybody else. */
int is_private(const char *directory);

/* Fills in where the server listens for fronts. Returns 0, or -1 when it cannot, or must not be asked there. */
int address(struct sockaddr_un *to);

/* A socket that no child inherits, and that never waits: the queue of a server that hangs may be full. */
int open_socket(void);

/* Whether the other side is a server of ours, to which paths mean the same. */
int is_ours(int socket);

/* Sends or receives all of `length` bytes, while the other side is not silent for too long. Returns 0, or -1. */
int transfer(int socket, char *bytes, size_t length, int sends, const struct patience *patience);

#endif
