/** RSA public keys in SPKI (RFC 5280 section 4.1, RFC 8017 appendix A.1.1). */

/** Big-endian, without leading zeros. */
export interface RsaPublicKey {
  readonly n: Uint8Array;
  readonly e: Uint8Array;
}

/** The OID 1.2.840.113549.1.1.1, `rsaEncryption`, with its NULL. */
const rsaEncryption = '6,9,42,134,72,134,247,13,1,1,1,5,0';

/** @throws Error for anything but an RSA key of at least 2048 bits */
export function readRsaKey(spki: Uint8Array): RsaPublicKey {
  const [algorithm, bits] = membersOf(membersOf(spki)[0]);
  const [n, e] = membersOf(membersOf(bits?.subarray(1))[0]).map(withoutZeros);
  if (n === undefined || e === undefined || algorithm?.join() !== rsaEncryption)
    throw new Error('It is not an RSA key');
  if (n.length < 256 || (n.length === 256 && (n[0] ?? 0) < 128)) throw new Error('It has less than 2048 bits');
  return { n, e };
}

/** The contents of the members of a DER sequence. */
function membersOf(der: Uint8Array = new Uint8Array()): Uint8Array[] {
  const members: Uint8Array[] = [];
  for (let at = 0; at < der.length; ) {
    let length = der[at + 1] ?? 0;
    at += 2;
    if (length > 127) {
      const end = at + (length & 127);
      for (length = 0; at < end; at++) length = length * 256 + (der[at] ?? 0);
    }
    members.push(der.subarray(at, at + length));
    at += length;
  }
  return members;
}

function withoutZeros(integer: Uint8Array): Uint8Array {
  return integer.subarray(integer.findIndex((byte) => byte !== 0));
}
