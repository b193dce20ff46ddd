/** What of a request and of its answer goes to the SIEM, each as one JSON text: the same field in two records can differ in type. */
import { requestFields, responseFields } from './allowed-fields.ts';
import { fields, type Fields } from './event-reader.ts';
import { scrubbedJson } from './scrub.ts';

const longestData = 8_192;

export const requestData = (detail: Fields): string | undefined =>
  scrubbedJson(fields(detail, 'requestParameters'), requestFields, longestData);

export const responseData = (detail: Fields): string | undefined =>
  scrubbedJson(fields(detail, 'responseElements'), responseFields, longestData);
