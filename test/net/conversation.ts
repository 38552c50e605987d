/** What the client of peer.c prints when all is well. */

/** What `peer talk` says. */
export const talk = `3000000 bytes came back as they were sent
greeting of 1000 bytes, then the end
still 1000 bytes to write
reset: read -1, ECONNRESET
nobody there: -1, ECONNREFUSED
the same socket again: 0
connect: -1, EINPROGRESS
poll: 1, OUT
error 0, read: -1, EAGAIN
poll: 1, 1 byte
peer: as asked for
own port: some
state 1, path MTU 1500
connect once more: -1, EISCONN
50 of 50 answered
8 of 8 from ports of their own
`;

/** What `peer datagrams` says. */
export const datagrams = `datagram of 1 bytes, answer of 1, from the server
datagram of 0 bytes, answer of 0, from the server
datagram of 1472 bytes, answer of 1472, from the server
datagram of 9000 bytes, answer of 9000, from the server
connected: 5 bytes cut to 3
no such port: -1, ECONNREFUSED
`;
