#pragma once

#include <access/authenticator.hpp>
#include <api/request_scope.hpp>
#include <runtime/notifier.hpp>
#include <runtime/task.hpp>

#include <chrono>
#include <list>

namespace itsup::api {

/// The streams that are open, each with the credential that it was opened with: when that is none
/// any more (a log-out, a new token, a session that expired), its streams end.
class OpenStreams {
  public:
    /// An expiry tells nobody: it is looked for this often.
    static constexpr std::chrono::seconds look_every{4};

    OpenStreams(runtime::Executor executor, access::Authenticator& authenticator);
    OpenStreams(const OpenStreams&) = delete;
    OpenStreams& operator=(const OpenStreams&) = delete;
    ~OpenStreams() { authenticator_.set_on_end({}); }

    /// While it lives, the request's stream is one of them.
    class Listed {
      public:
        Listed(OpenStreams& streams, RequestScope& scope);
        Listed(const Listed&) = delete;
        Listed& operator=(const Listed&) = delete;
        ~Listed();

      private:
        OpenStreams& streams_;
        std::list<RequestScope*>::iterator place_;
    };

    /// Ends streams until it is cancelled.
    runtime::Task<> watch();

  private:
    void end_revoked();

    access::Authenticator& authenticator_;
    std::list<RequestScope*> scopes_;
    runtime::Notifier changed_;
};

}  // namespace itsup::api
