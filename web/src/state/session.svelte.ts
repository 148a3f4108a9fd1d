/**
 * Who is logged in. The cookie is the browser's; this only knows what /auth/me says. When a session
 * ends the pages stay where they are: the login shows in their place, and the same URL comes back.
 */
import { ApiError, connectionAdvice, get, post, setUnauthorizedHandler } from '../api/client';
import type { Me, Role } from '../api/types';

const ranks: Record<string, number> = { viewer: 0, operator: 1, admin: 2 };

class Session {
  state: 'unknown' | 'in' | 'out' = $state('unknown');
  me: Me | null = $state.raw(null);
  /** A session was there and is over, as against nobody having logged in. */
  expired = $state(false);
  /** Why it cannot be said whether anybody is logged in. */
  error: ApiError | null = $state.raw(null);
  readonly mayOperate: boolean = $derived(this.has('operator'));

  private checking: Promise<void> | null = null;

  start(): void {
    setUnauthorizedHandler(() => this.ended());
    void this.check();
  }

  has(role: Role): boolean {
    return this.me !== null && (ranks[this.me.role] ?? -1) >= ranks[role]!;
  }

  /** Asks the server who we are. Concurrent calls share one request. */
  check(): Promise<void> {
    this.checking ??= this.ask().finally(() => {
      this.checking = null;
    });
    return this.checking;
  }

  async logIn(token: string): Promise<void> {
    await post('/auth/login', { token }, { advice: connectionAdvice });
    await this.check();
    if (this.state !== 'in') {
      throw new ApiError(
        0,
        'The browser did not keep the session',
        'Allow cookies for this address, then log in again.',
      );
    }
  }

  /** Throws when the server did not end the session: only it can, the cookie is out of reach. */
  async logOut(): Promise<void> {
    try {
      await post('/auth/logout', {}, { advice: connectionAdvice });
    } catch (error) {
      if (!(error instanceof ApiError) || error.status !== 401) throw error;
    }
    this.me = null;
    this.expired = false;
    this.state = 'out';
  }

  private async ask(): Promise<void> {
    try {
      this.me = await get<Me>('/auth/me');
      this.state = 'in';
      this.expired = false;
      this.error = null;
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      if (error.status === 401 || error.status === 403) {
        this.ended();
        this.error = null;
      } else {
        this.error = error;
      }
    }
  }

  private ended(): void {
    this.expired = this.expired || this.state === 'in';
    this.me = null;
    this.state = 'out';
  }
}

export const session = new Session();
