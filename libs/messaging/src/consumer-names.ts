/** The name of the durable consumer by which all replicas of a service take the events of a subject. */
export function durableName(service: string, subject: string): string {
  return `${service}-${subject.replaceAll('.', '_')}`;
}

/** The name of the consumer by which a service reads a stream from some point on, once. */
export function readerName(service: string): string {
  return `${service}-reader`;
}
