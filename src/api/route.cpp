#include <api/route.hpp>
#include <services/audit_trail.hpp>
#include <store/audit.hpp>

#include <algorithm>
#include <memory>
#include <utility>

namespace itsup::api::detail {

base::Result<std::string_view> checked_body(const RequestScope& scope) {
    const auto& request = scope.exchange.request();
    const auto type = request.headers.find("Content-Type");
    // An empty body says nothing that a type could be wrong about.
    if (request.body.empty()) {
        return std::string_view{};
    }
    const auto media = type ? type->substr(0, type->find(';')) : std::string_view{};
    if (!net::iequals(media.substr(0, media.find_last_not_of(" \t") + 1), "application/json")) {
        return base::make_error(base::ErrorKind::unsupported_media,
                                "send the body as Content-Type: application/json");
    }
    return std::string_view(request.body);
}

runtime::Task<> respond_with(RequestScope& scope, net::Response response) {
    co_return co_await scope.exchange.respond(std::move(response));
}

struct AuditScope::Impl {
    Services& services;
    services::AuditSubject subject;
    store::AuditEntry entry;
};

namespace {

std::string project_of(const RequestScope& scope) {
    for (const auto& [name, value] : scope.path) {
        if (name == "name") {
            return value.substr(0, 128);
        }
    }
    return {};
}

}  // namespace

AuditScope::AuditScope(Services& services, const RequestScope& scope, std::string_view verb)
    : impl_(std::make_unique<Impl>(
          Impl{.services = services,
               .subject = {.actor = scope.caller ? scope.caller->name
                                                 : std::string(store::Audit::anonymous),
                           .verb = std::string(verb),
                           .project = project_of(scope),
                           .request_id = scope.request_id,
                           .remote = scope.remote},
               .entry = {}})) {}

AuditScope::~AuditScope() = default;

runtime::Task<> AuditScope::open() {
    CO_TRY(impl_->entry, co_await impl_->services.audit.open(impl_->subject));
    co_return base::Result<>{};
}

runtime::Task<> AuditScope::close(std::optional<base::Error> error, std::string target,
                                  std::string actor) {
    if (!actor.empty()) {
        impl_->entry.actor = std::move(actor);
    }
    base::Result<> done;
    if (error) {
        done = co_await impl_->services.audit.failed(impl_->entry, *std::move(error));
    } else {
        done = co_await impl_->services.audit.succeeded(impl_->entry, std::move(target));
    }
    if (done.has_error()) {
        // The action is done and its record says `open`: that is the truth, and the log says why.
        impl_->services.log.error("audit entry not closed",
                                  {{"audit_id", impl_->entry.id}, {"error", done.error().message}});
    }
    co_return base::Result<>{};
}

}  // namespace itsup::api::detail
