const prefix = 'redeliver';

/** Where a message is given back to one service: nobody else reads this subject. Names of services have no dots. */
export function redeliverySubject(service: string, subject: string): string {
  return `${prefix}.${service}.${subject}`;
}

/** What a service pulls to take back its own, and the durable by which its replicas share it. */
export function redeliveriesOf(service: string): { subject: string; durable: string } {
  return { subject: `${prefix}.${service}.>`, durable: `${service}-redeliveries` };
}

/** The subject under which a message was published first. */
export function originalSubject(subject: string): string {
  const [first, , ...rest] = subject.split('.');
  return first === prefix && rest.length > 0 ? rest.join('.') : subject;
}
