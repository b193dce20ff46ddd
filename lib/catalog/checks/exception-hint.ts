/** What to write where a rule of the class can't be kept. */
export const exceptionHint = 'an exception with reason, approvedBy and until';
