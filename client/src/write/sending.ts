// Sends something that is to exist once, however often it must be sent.
//
// A creation carries an Idempotency-Key, and the services derive the new thing's id from it. So a key is used up exactly
// when something was made with it, and the same key with the same text is answered with what it made. What a try tells us:
//
// - An answer that names the thing: it is there. The draft goes, and its key with it.
// - A refusal (4xx): this try made nothing, and the key is as good as before. It is kept: a corrected text may use it.
// - No answer, or trouble (5xx): the text may have arrived and the answer not. Both stay in the draft, key and text as it
//   was sent, written down BEFORE sending, since page or board may be gone before anything is answered. The same text
//   sent again with the same key cannot make a second thing, be it now or after a reload.
//
// What if the text was changed after a try that may have arrived? A new key might make a second thing, so the key stays.
// Either the first try did not arrive: then the new text is made with it. Or it did: then the service answers 422, since
// the key belongs to another text. Then the text of the earlier try is sent once more, which is answered with the thing it
// made, and that thing is changed to the new text. There is one thing in the end, and it says what its writer wants.
//
// If no text of ours made it (another tab sent the same draft), or what it made has been deleted since (410), the key is
// used up for something that this text is not: only then is there a new one.
import { newSecret } from "../api/owner-key";
import { ProblemError } from "../api/problem";
import type { Letter } from "./drafts";

/** What is sent, and how. Bodies are JSON, so that they can be kept and compared. */
export interface Delivery<T> {
  body: string;
  letter: Letter;
  keepLetter(letter: Letter): void;
  create(body: string, key: string): Promise<T>;
  /** Changes what an earlier try made into what `body` says. */
  amend(thing: T, body: string): Promise<T>;
}

/** Sends it; the answer is the one thing that there is then. Throws what the last try failed with. */
export async function deliver<T>({ body, create, amend, ...given }: Delivery<T>): Promise<T> {
  let letter = given.letter;
  const keep = (next: Letter) => {
    letter = next;
    given.keepLetter(next);
  };
  const attempt = async () => {
    const before = letter.unsure;
    keep({ ...letter, unsure: [...new Set([...before, body])] });
    try {
      return await create(body, letter.key);
    } catch (problem) {
      if (!mayHaveArrived(problem)) keep({ ...letter, unsure: before });
      throw problem;
    }
  };

  try {
    return await attempt();
  } catch (problem) {
    if (!isUsedUp(problem)) throw problem;
  }
  for (const earlier of letter.unsure) {
    const thing = await create(earlier, letter.key).catch((problem: unknown) => {
      if (isUsedUp(problem)) return undefined;
      throw problem;
    });
    if (thing) return amend(thing, body);
  }
  keep({ key: newSecret(), unsure: [] });
  return attempt();
}

/** Whether it is not certain that nothing was made. */
const mayHaveArrived = (problem: unknown) =>
  !(problem instanceof ProblemError) ||
  problem.status === 0 ||
  problem.status === 408 ||
  problem.status >= 500;

/** Whether something else was made with this key, or is no more. */
const isUsedUp = (problem: unknown) =>
  problem instanceof ProblemError &&
  (problem.status === 410 ||
    (problem.status === 422 && problem.errors.some(({ pointer }) => pointer.replace(/^#?\/?/, "") === "")));
