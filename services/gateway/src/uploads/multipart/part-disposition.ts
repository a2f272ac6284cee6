import { parse } from 'content-disposition';
import { decodeFormText } from './form-text.js';

export interface PartDisposition {
  name: string | undefined;
  filename: string | undefined;
}

/**
 * A quote inside of a value as older clients write it (RFC 9110 §5.6.4; browsers write %22): one after which neither the header
 * ends nor a parameter begins, as they do after a path that ends in a backslash.
 */
const escapedQuote = /\\"(?!\s*(?:$|;\s*[\w*-]+=))/g;

/** Name and filename of a part (RFC 7578 §4.2), by `decodeFormText`; `filename*` wins where a client sends it. */
export function readDisposition(header: string, charset?: string): PartDisposition {
  // Other backslashes stand for themselves: browsers send those of a Windows path as they are.
  const { parameters } = parse(header.replaceAll(escapedQuote, '%22'), { multipart: true });
  const isExtended = parameters['filename*'] !== undefined;
  return {
    name: parameters.name === undefined ? undefined : fromBinary(parameters.name, charset),
    filename:
      parameters.filename === undefined || isExtended ? parameters.filename : fromBinary(parameters.filename, charset),
  };
}

function fromBinary(text: string, charset: string | undefined): string {
  return decodeFormText(Buffer.from(text, 'latin1'), charset);
}
