/** What the native builder leaves to the real program, because it does not cover it or because it is an error there. */
export class NotCovered extends Error {
  static {
    this.prototype.name = 'NotCovered';
  }
}

export function notCovered(reason: string): never {
  throw new NotCovered(reason);
}
