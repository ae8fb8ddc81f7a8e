// The draw, computed by everybody for themselves: the seed is public from the opening on.
// The same steps as waitingroom/draw.py, which says how they work.
const ROUNDS = 10;
const LEAST_HALF_BITS = 4;

const bytesOf = (hex) => Uint8Array.from(hex.match(/../g), (pair) => parseInt(pair, 16));

const firstNumber = async (bytes) => new DataView(await crypto.subtle.digest("SHA-256", bytes)).getUint32(0);

async function shuffle(seed, halfBits, value) {
  const mask = 2 ** halfBits - 1;
  let left = Math.floor(value / 2 ** halfBits);
  let right = value % 2 ** halfBits;
  for (let turn = 0; turn < ROUNDS; turn += 1) {
    const bytes = new Uint8Array(seed.length + 5);
    bytes.set(seed);
    new DataView(bytes.buffer).setUint8(seed.length, turn);
    new DataView(bytes.buffer).setUint32(seed.length + 1, right);
    [left, right] = [right, (left ^ (await firstNumber(bytes)) & mask) >>> 0];
  }
  return left * 2 ** halfBits + right;
}

// Where a number stands among `drawn` people; later numbers stand as they came.
export async function placeOf(seed, drawn, number) {
  if (number >= drawn) return number;
  const bits = drawn > 1 ? Math.floor(Math.log2(drawn - 1)) + 1 : 0;
  const halfBits = Math.max(LEAST_HALF_BITS, Math.floor((bits + 1) / 2));
  let place = number;
  do place = await shuffle(bytesOf(seed), halfBits, place); while (place >= drawn);
  return place;
}
