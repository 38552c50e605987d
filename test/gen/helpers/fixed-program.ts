/** The head of an executable of 64-bit x86 with one loaded segment; type 2 is ET_EXEC, 3 ET_DYN. */
export function programHead(type: 2 | 3, address: number, size: number): Buffer {
  const head = Buffer.alloc(64 + 56);
  head.write('\x7fELF\x02\x01\x01', 'latin1');
  head.writeUInt16LE(type, 16);
  head.writeUInt16LE(62, 18);
  head.writeBigUInt64LE(64n, 32); // program headers behind the file header
  head.writeUInt16LE(1, 56);
  head.writeUInt32LE(1, 64); // PT_LOAD
  head.writeBigUInt64LE(BigInt(address), 64 + 16);
  head.writeBigUInt64LE(BigInt(size), 64 + 40);
  return head;
}
