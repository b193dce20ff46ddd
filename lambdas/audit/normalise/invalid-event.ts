/** A message that is no event the forwarder knows. It fails alone and ends in the dead-letter queue, where it can be read. */
export class InvalidEvent extends Error {
  override readonly name = 'InvalidEvent';
}
