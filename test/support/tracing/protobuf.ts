/** The fields of a message of Protocol Buffers, by number: numbers as they are, everything of a length as bytes. */
export type Fields = Map<number, (bigint | Buffer)[]>;

/** Reads the wire format (protobuf.dev/programming-guides/encoding); throws where it is none. */
export function fieldsOf(bytes: Buffer): Fields {
  const fields: Fields = new Map();
  let at = 0;
  const varint = (): bigint => {
    for (let value = 0n, shift = 0n; ; shift += 7n) {
      const byte = bytes.readUInt8(at++);
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
  };
  const taken = (length: number): Buffer => {
    if (at + length > bytes.length) throw new RangeError('the message ends too early');
    return bytes.subarray(at, (at += length));
  };
  while (at < bytes.length) {
    const tag = varint();
    const values = fields.get(Number(tag >> 3n)) ?? [];
    fields.set(Number(tag >> 3n), values);
    const type = Number(tag & 7n);
    if (type === 0) values.push(varint());
    else if (type === 1) values.push(taken(8).readBigUInt64LE());
    else if (type === 2) values.push(taken(Number(varint())));
    else if (type === 5) values.push(BigInt(taken(4).readUInt32LE()));
    else throw new RangeError(`wire type ${type}`);
  }
  return fields;
}

export const messages = (fields: Fields, number: number): Fields[] =>
  (fields.get(number) ?? []).map((each) => fieldsOf(each as Buffer));

export const text = (fields: Fields, number: number, encoding: BufferEncoding = 'utf8'): string =>
  ((fields.get(number)?.[0] as Buffer | undefined) ?? Buffer.alloc(0)).toString(encoding);

export const integer = (fields: Fields, number: number): number => Number(fields.get(number)?.[0] ?? 0);
