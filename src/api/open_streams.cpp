#include <api/open_streams.hpp>
#include <runtime/deadline.hpp>

namespace itsup::api {

OpenStreams::Listed::Listed(OpenStreams& streams, RequestScope& scope)
    : streams_(streams), place_(streams.scopes_.insert(streams.scopes_.end(), &scope)) {}

OpenStreams::Listed::~Listed() {
    streams_.scopes_.erase(place_);
}

OpenStreams::OpenStreams(runtime::Executor executor, access::Authenticator& authenticator)
    : authenticator_(authenticator), changed_(executor) {
    authenticator_.set_on_end([this] { changed_.notify(); });
}

runtime::Task<> OpenStreams::watch() {
    while (true) {
        const auto woken = co_await runtime::with_deadline(look_every, changed_.wait());
        if (woken.has_error() && woken.error().kind != base::ErrorKind::timed_out) {
            co_return woken.error();
        }
        end_revoked();
    }
}

void OpenStreams::end_revoked() {
    for (auto* scope : scopes_) {
        if (scope->caller && !authenticator_.still_knows(*scope->caller)) {
            scope->exchange.end(net::Ending::revoked);
        }
    }
}

}  // namespace itsup::api
