/** What all requests together may hold of bodies, so that many senders at once cannot fill the memory. */
export interface BodyBudget {
  /** For one request: from the first byte of its body until it is answered. */
  lease(): BodyLease;
}

export interface BodyLease {
  /** Counts bytes that are held from now on. False, and nothing counted, if they are too many, or after `release()`. */
  take(bytes: number): boolean;
  /** Gives back all that was taken, once. */
  release(): void;
}

/** A budget of this many bytes, all of them free. */
export function makeBodyBudget(bytesMax: number): BodyBudget {
  let free = bytesMax;
  return {
    lease: () => {
      let taken = 0;
      let isOver = false;
      return {
        take: (bytes) => {
          if (isOver || bytes > free) return false;
          free -= bytes;
          taken += bytes;
          return true;
        },
        release: () => {
          isOver = true;
          free += taken;
          taken = 0;
        },
      };
    },
  };
}
