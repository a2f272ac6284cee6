import { expect, test } from '@jest/globals';
import { buildOpenApi } from './build-openapi.js';

const methods = ['options', 'get', 'head', 'post', 'put', 'patch', 'delete'];
const document = JSON.parse(JSON.stringify(buildOpenApi()));
const operations = Object.entries<Record<string, Operation>>(document.paths).flatMap(([path, item]) =>
  Object.entries(item).map(([method, operation]) => ({ path, method, operation })),
);

interface Operation {
  operationId: string;
  summary: string;
  tags: string[];
  parameters: { in: string; name: string; example?: unknown; schema: { examples?: unknown[] } }[];
  requestBody?: { content: Record<string, { example?: unknown }> };
  responses: Record<string, { description: string }>;
}

test('operations have names of their own, in camelCase, and a summary', () => {
  const ids = operations.map(({ operation }) => operation.operationId);
  expect(new Set(ids).size).toBe(ids.length);
  for (const { operation, method } of operations) {
    expect(methods).toContain(method);
    expect(operation.operationId).toMatch(/^[a-z]+([A-Z][a-z]+)*$/);
    expect(operation.summary).not.toBe('');
    expect(document.tags.map(({ name }: { name: string }) => name)).toContain(operation.tags[0]);
  }
});

test('every parameter and every body has an example; what may be left out is not filled in', () => {
  for (const { operation, path } of operations) {
    for (const { name, schema, example, ...parameter } of operation.parameters) {
      expect([name, 'example' in schema || schema.examples !== undefined]).toEqual([name, true]);
      if (!('required' in parameter)) expect([name, schema]).not.toEqual([name, expect.objectContaining({ example })]);
    }
    const inPath = operation.parameters.filter((parameter) => parameter.in === 'path');
    expect(inPath.map(({ name }) => `{${name}}`)).toEqual(path.match(/\{\w+\}/g) ?? []);
    for (const media of Object.values(operation.requestBody?.content ?? {})) expect(media.example).toBeDefined();
  }
});

test('every answer is described, and so are the request id and the unforeseen', () => {
  for (const { operation } of operations) {
    expect(operation.responses).toHaveProperty('500');
    for (const answer of Object.values(operation.responses)) {
      expect(answer).toMatchObject({ description: expect.stringMatching(/./), headers: { 'X-Request-Id': {} } });
    }
  }
});

test('references lead to what is there', () => {
  const references = JSON.stringify(document).matchAll(/"\$ref":"#\/([^"]+)"/g);
  for (const [, pointer = ''] of references) {
    const found = pointer.split('/').reduce((inner, key) => inner?.[key], document);
    expect([pointer, found]).toEqual([pointer, expect.anything()]);
  }
});
