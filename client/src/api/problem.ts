// What a request that failed says: an RFC 9457 problem, with what is wrong at which field.

/** One thing that is wrong with what was sent. `pointer` is a JSON pointer such as `/title`. */
export interface FieldProblem {
  pointer: string;
  detail: string;
}

/** A request that failed. `status` is 0 if there was no answer at all. */
export class ProblemError extends Error {
  readonly status: number;
  /** A short name for it, in English, as the service gave it. */
  readonly title: string;
  readonly detail: string | undefined;
  readonly errors: readonly FieldProblem[];
  /** In how many seconds it may be tried again, if the answer said so. */
  readonly retryAfter: number | undefined;

  constructor(
    status: number,
    title: string,
    detail?: string,
    errors: readonly FieldProblem[] = [],
    retryAfter?: number,
  ) {
    super(detail ?? title);
    this.name = "ProblemError";
    this.status = status;
    this.title = title;
    this.detail = detail;
    this.errors = errors;
    this.retryAfter = retryAfter;
  }

  /** Nothing answered: no network, or no board. */
  get unreachable(): boolean {
    return this.status === 0;
  }

  /** What is wrong with this field (`title` for `/title`), if anything. */
  at(field: string): string | undefined {
    return this.errors.find((error) => error.pointer.replace(/^#?\//, "") === field)?.detail;
  }

  /** Whether another try may succeed without a change to what is sent. */
  get passing(): boolean {
    return this.status === 0 || this.status === 429 || this.status >= 500;
  }
}

/** The problem in an answer that is not a success. */
export async function problemOf(response: Response): Promise<ProblemError> {
  const title = response.statusText || `HTTP ${response.status}`;
  const wait = Number(response.headers.get("Retry-After") ?? Number.NaN);
  const retryAfter = Number.isFinite(wait) ? wait : undefined;
  const body: unknown = await response.json().catch(() => null);
  return problemFrom(typeof body === "object" ? (body ?? {}) : {}, response.status, title, retryAfter);
}

/** The problem in a JSON object, such as one answer of many in an array. */
export function problemFrom(
  body: object,
  status: number,
  title = `HTTP ${status}`,
  retryAfter?: number,
): ProblemError {
  const given = body as { title?: unknown; detail?: unknown; errors?: unknown };
  const errors = Array.isArray(given.errors) ? given.errors.filter(isFieldProblem) : [];
  const detail = typeof given.detail === "string" ? given.detail : undefined;
  const named = typeof given.title === "string" ? given.title : title;
  return new ProblemError(status, named, detail, errors, retryAfter);
}

function isFieldProblem(value: unknown): value is FieldProblem {
  const { pointer, detail } = (value ?? {}) as Partial<FieldProblem>;
  return typeof pointer === "string" && typeof detail === "string";
}
