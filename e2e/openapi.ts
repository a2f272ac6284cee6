import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';

export interface Parameter {
  in: 'path' | 'query' | 'header';
  name: string;
  required?: boolean;
  schema: { example?: unknown; examples?: unknown[] };
}

interface Answer {
  headers?: Record<string, { $ref: string }>;
  content?: Record<string, { schema: object; examples?: Record<string, { value: unknown }> }>;
}

interface Operation {
  operationId: string;
  tags: string[];
  security: Record<string, string[]>[];
  parameters: Parameter[];
  requestBody?: { content: Record<string, { schema: object; example: unknown }> };
  responses: Record<string, Answer>;
}

interface Document {
  paths: Record<string, Record<string, Operation>>;
  components: { headers: Record<string, { required?: boolean; schema: object }> };
}

export interface DescribedOperation extends Operation {
  method: string;
  path: string;
}

/** An OpenAPI document as its readers use it: by its operations, and as a judge of what was answered. */
export function readOpenApi(document: Document) {
  const ajv = new Ajv2020({ strict: false, allErrors: true });
  addFormats.default(ajv);
  // References in a schema lead through the whole document.
  ajv.addSchema(closed(document), 'document');

  /** The schema at `keys`, ready to judge. */
  function judge(...keys: string[]): ValidateFunction {
    const pointer = keys.map((key) => encodeURIComponent(key.replaceAll('~', '~0').replaceAll('/', '~1'))).join('/');
    return ajv.getSchema(`document#/${pointer}`) ?? ajv.compile({ $ref: `document#/${pointer}` });
  }

  const operations: DescribedOperation[] = Object.entries(document.paths).flatMap(([path, item]) =>
    Object.entries(item).map(([method, operation]) => ({ ...operation, method, path })),
  );

  return { document, operations, judge, complaints: complaintsWith(judge, document) };
}

export type OpenApi = ReturnType<typeof readOpenApi>;

export const exampleOf = ({ schema }: Parameter) => schema.example ?? schema.examples?.[0];

/** `given`, or the example, as the body that the operation takes; a form names its own type. */
export function bodyOf(
  operation: DescribedOperation,
  given: unknown,
): { type?: string; body: string | FormData | null } {
  const [[type, media] = []] = Object.entries(operation.requestBody?.content ?? {});
  if (!type || !media) return { body: null };
  const value = given ?? media.example;
  if (type === 'application/json') return { type, body: JSON.stringify(value) };
  if (type !== 'multipart/form-data') return { type, body: value as string };
  const form = new FormData();
  for (const [name, field] of Object.entries(value as object)) {
    if (name === 'file') form.append(name, new Blob([field], { type: 'text/plain' }), 'hello.txt');
    else form.append(name, String(field));
  }
  return { body: form };
}

/** Answers may gain fields for others, but not behind the back of the document. */
function closed<Part>(part: Part): Part {
  if (typeof part !== 'object' || part === null) return part;
  if (Array.isArray(part)) return part.map(closed) as Part;
  const copy = Object.fromEntries(Object.entries(part).map(([key, inner]) => [key, closed(inner)]));
  const isOpen = copy.type === 'object' && 'properties' in copy && !('additionalProperties' in copy);
  return (isOpen ? { ...copy, additionalProperties: false } : copy) as Part;
}

/** What is wrong with an answer, by the document: nothing, or one line each. */
function complaintsWith(judge: (...keys: string[]) => ValidateFunction, document: Document) {
  return async ({ method, path, responses }: DescribedOperation, answer: Response): Promise<string[]> => {
    const status = String(answer.status);
    const described = responses[status];
    if (!described) return [`${status} is not documented: ${await answer.text()}`];
    const found = headerComplaints(described, answer);
    const { content } = described;
    if (!content || method === 'head') {
      return (await answer.text()) === '' ? found : [...found, `${status} has a body`];
    }
    const type = (answer.headers.get('Content-Type') ?? '').split(';')[0] as string;
    const key = Object.keys(content).find((name) => name === type || name === '*/*');
    if (!key) return [...found, `${status} has the type ${type}`];
    const validate = judge('paths', path, method, 'responses', status, 'content', key, 'schema');
    const body: unknown = type.endsWith('json') ? await answer.json() : await answer.text();
    if (!validate(body))
      found.push(...(validate.errors ?? []).map((error) => `${error.instancePath} ${error.message}`));
    return found;
  };

  function headerComplaints(described: Answer, answer: Response): string[] {
    return Object.keys(described.headers ?? {}).flatMap((name) => {
      const value = answer.headers.get(name);
      if (value === null) return document.components.headers[name]?.required ? [`${name} is missing`] : [];
      return judge('components', 'headers', name, 'schema')(value) ? [] : [`${name}: ${value}`];
    });
  }
}
