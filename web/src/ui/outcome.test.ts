import { expect, it } from 'vitest';
import { ApiError } from '../api/client';
import { notDone } from './outcome';

it.each([
  [503, 'The restart was not started'],
  [409, 'The restart was not started'],
  [0, 'It is not known whether the restart was started'],
  [502, 'It is not known whether the restart was started'],
  [504, 'It is not known whether the restart was started'],
])('says of an answer %i only what it says itself', (status, words) => {
  expect(notDone(new ApiError(status, '', ''), 'the restart')).toBe(words);
});
