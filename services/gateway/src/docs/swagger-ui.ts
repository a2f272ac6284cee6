import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

const { resolve } = createRequire(import.meta.url);
const fileOf = (name: string) => readFileSync(resolve(`swagger-ui-dist/${name}`));

/** The page's own script: a policy without inline scripts leaves no other place for it. */
const scriptName = 'start.js';

/**
 * No validator: it would send the document's address to a server outside. Swagger UI fills every field of a form with some
 * value and sends empty ones too; here a field that may be left out starts empty and stays at home.
 */
const script = `const leaveFormsEmpty = () => ({
  wrapComponents: {
    JsonSchemaForm: (Original, { React }) => (props) =>
      React.createElement(Original, {
        ...props,
        dispatchInitialValue: props.dispatchInitialValue && props.required,
      }),
    ParameterIncludeEmpty: (Original, { React }) => (props) =>
      React.createElement(Original, {
        ...props,
        isIncludedOptions: { ...props.isIncludedOptions, defaultValue: false },
      }),
  },
});

window.ui = SwaggerUIBundle({
  url: '/openapi.json',
  dom_id: '#swagger-ui',
  validatorUrl: null,
  deepLinking: true,
  displayRequestDuration: true,
  defaultModelsExpandDepth: 0,
  plugins: [leaveFormsEmpty],
});
`;

/** Changes whenever a file of the page may have changed. */
const assetsVersion = createHash('sha256').update(fileOf('package.json')).update(script).digest('hex').slice(0, 12);

export interface Asset {
  type: string;
  etag: string;
  bytes: Buffer;
  /** By what the page and its policy know the file (Subresource Integrity): nothing else runs there, whoever changed it on the way. */
  integrity: string;
}

/**
 * What the page needs of Swagger UI's files, and nothing else of them. 1.9 MB, read once: a file that is opened for a request stays open
 * when the client leaves at the wrong moment.
 */
export const assets: ReadonlyMap<string, Asset> = new Map(
  [
    ['swagger-ui.css', 'text/css; charset=utf-8', fileOf('swagger-ui.css')] as const,
    ['swagger-ui-bundle.js', 'text/javascript; charset=utf-8', fileOf('swagger-ui-bundle.js')] as const,
    ['favicon-32x32.png', 'image/png', fileOf('favicon-32x32.png')] as const,
    [scriptName, 'text/javascript; charset=utf-8', Buffer.from(script)] as const,
  ].map(([name, type, bytes]) => {
    const integrity = `sha256-${createHash('sha256').update(bytes).digest('base64')}`;
    return [name, { type, etag: `"${name}-${assetsVersion}"`, bytes, integrity }];
  }),
);
const integrityOf = (name: string) => (assets.get(name) as Asset).integrity;

/** Addresses carry the version, so that a cached file is never an old one. */
const address = (asset: string) => `/docs/${asset}?v=${assetsVersion}`;

export const page = `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <title>Wharf API</title>
    <link rel="stylesheet" href="${address('swagger-ui.css')}" integrity="${integrityOf('swagger-ui.css')}">
    <link rel="icon" type="image/png" href="${address('favicon-32x32.png')}">
  </head>
  <body>
    <div id="swagger-ui"></div>
    <script src="${address('swagger-ui-bundle.js')}" integrity="${integrityOf('swagger-ui-bundle.js')}"></script>
    <script src="${address(scriptName)}" integrity="${integrityOf(scriptName)}"></script>
  </body>
</html>
`;

/**
 * `data:` for the icons of Swagger UI's style sheet, `blob:` for showing what was downloaded. Scripts are named by their digests, so
 * that an uploaded file is none; browsers know that for scripts alone (CSP 3 §8.4), and style sheets have to be our own.
 */
export const contentSecurityPolicy = [
  "default-src 'none'",
  `script-src '${integrityOf('swagger-ui-bundle.js')}' '${integrityOf(scriptName)}'`,
  "style-src 'self'",
  "img-src 'self' data: blob:",
  'media-src blob:',
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');
