import { Controller } from '@nestjs/common';
import {
  EndSession,
  ListSessions,
  LogIn,
  LogOut,
  Refresh,
  type RpcReply,
  type RpcRequest,
  type Tokens,
} from '@wharf/contracts';
import { OnRpc } from '@wharf/messaging/nest';
import { Accounts } from '../accounts.js';
import { endOwnSession } from './end-own-session.js';
import { listSessions } from './list-sessions.js';
import { logIn } from './log-in.js';
import { logOut } from './log-out.js';
import { refresh } from './refresh.js';

@Controller()
export class SessionsRpc {
  constructor(private readonly accounts: Accounts) {}

  @OnRpc(LogIn)
  logIn(request: RpcRequest<typeof LogIn>): Promise<Tokens> {
    return logIn(this.accounts, request);
  }

  @OnRpc(Refresh)
  refresh(request: RpcRequest<typeof Refresh>): Promise<Tokens> {
    return refresh(this.accounts, request);
  }

  @OnRpc(LogOut)
  async logOut(request: RpcRequest<typeof LogOut>): Promise<RpcReply<typeof LogOut>> {
    await logOut(this.accounts, request);
    return {};
  }

  @OnRpc(ListSessions)
  async list({ caller }: RpcRequest<typeof ListSessions>): Promise<RpcReply<typeof ListSessions>> {
    return { sessions: await listSessions(this.accounts.orm, caller) };
  }

  @OnRpc(EndSession)
  async end(request: RpcRequest<typeof EndSession>): Promise<RpcReply<typeof EndSession>> {
    await endOwnSession(this.accounts, request);
    return {};
  }
}
