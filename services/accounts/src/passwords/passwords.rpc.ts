import { Controller } from '@nestjs/common';
import { ChangePassword, type RpcReply, type RpcRequest, SetPassword } from '@wharf/contracts';
import { OnRpc } from '@wharf/messaging/nest';
import { Accounts } from '../accounts.js';
import { changePassword } from './change-password.js';
import { savePassword } from './save-password.js';

@Controller()
export class PasswordsRpc {
  constructor(private readonly accounts: Accounts) {}

  @OnRpc(ChangePassword)
  async change(request: RpcRequest<typeof ChangePassword>): Promise<RpcReply<typeof ChangePassword>> {
    await changePassword(this.accounts, request);
    return {};
  }

  @OnRpc(SetPassword)
  async set({ password, user_id }: RpcRequest<typeof SetPassword>): Promise<RpcReply<typeof SetPassword>> {
    const nothingKept = { formerHash: null, keptSessionId: null };
    await savePassword(this.accounts, { userId: user_id, password, by: 'service', ...nothingKept });
    return {};
  }
}
