import { expect, test } from '@jest/globals';
import { withHead } from './head.js';

const shell = '<head><!--head--></head>';

test.each([
  '<script>alert(1)</script>',
  '"><img src=x onerror=alert(1)>',
  "' onload='alert(1)",
  '&lt;b&gt;',
  "$& $` $'",
])('the title %s is text in the head', (title) => {
  const html = withHead(shell, { title, description: title });
  // Nothing of it ends an attribute or an element.
  const [, inTitle = ''] = /<title>([^<>]*)<\/title>/.exec(html) ?? [];
  const [, inProperty = ''] = /<meta property="og:title" content="([^"<>]*)">/.exec(html) ?? [];
  for (const escaped of [inTitle, inProperty]) {
    expect(escaped.replace(/&#(\d+);/g, (_, code) => String.fromCharCode(Number(code)))).toBe(title);
  }
});

test('what is not told has no place in the head', () => {
  const html = withHead(shell, { title: 'Wharf' });
  expect(html).toContain('<meta property="og:title" content="Wharf">');
  expect(html).not.toMatch(/description|wharf-access/);
});
