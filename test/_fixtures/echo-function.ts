/** A function that answers what it was sent, or fails where it was told to. */
export const handler = (event: { readonly fail?: string }): Promise<unknown> =>
  event.fail === undefined ? Promise.resolve(event) : Promise.reject(new Error(event.fail));
