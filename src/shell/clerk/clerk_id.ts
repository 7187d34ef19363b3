/** Letters, digits, `_` and `-`, as in `user_3Rds8RZUrl0GTm4sFOfHmRmcg7W`: one step of a path, as it is. */
export const CLERK_ID: RegExp = /^[\w-]{1,255}$/;

/** True for what Clerk's ids are made of. */
export function isClerkId(id: string): boolean {
  return CLERK_ID.test(id);
}
