#pragma once

#include <access/permission.hpp>
#include <api/contract/endpoint.hpp>
#include <api/request_scope.hpp>
#include <api/respond.hpp>
#include <api/services.hpp>
#include <runtime/task.hpp>
#include <schema/decode.hpp>
#include <schema/write.hpp>

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

namespace itsup::api {

/// What a handler of a JSON endpoint gives back. Made from the reply itself, or from bytes that are
/// shared.
template <class Reply>
struct Answer {
    std::variant<Reply, Rendered> body = Reply{};
    net::Headers headers = {};
    /// For the audit record: the id of what was made.
    std::string audit_target = {};
    /// The same, where only the answer tells who it was.
    std::string audit_actor = {};

    Answer() = default;
    Answer(Reply reply) : body(std::move(reply)) {}           // NOLINT(google-explicit-constructor)
    Answer(Rendered rendered) : body(std::move(rendered)) {}  // NOLINT(google-explicit-constructor)
};

namespace detail {

template <class E>
constexpr bool is_open = !E::info.permission.has_value();

template <class E>
struct AuthorityOf {
    using type = access::Authorized<*E::info.permission>;
};
template <class E>
requires is_open<E>
struct AuthorityOf<E> {
    using type = std::monostate;
};

base::Result<std::string_view> checked_body(const RequestScope& scope);
runtime::Task<> respond_with(RequestScope& scope, net::Response response);

/// The audit record around an action: written before, closed after; see services::AuditTrail.
class AuditScope {
  public:
    AuditScope(Services& services, const RequestScope& scope, std::string_view verb);
    ~AuditScope();
    AuditScope(const AuditScope&) = delete;
    AuditScope& operator=(const AuditScope&) = delete;

    runtime::Task<> open();
    /// Never an error: what was done is done, and a record that stays open says so.
    /// `actor` replaces the one who asked, when not empty.
    runtime::Task<> close(std::optional<base::Error> error, std::string target, std::string actor);

  private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace detail

/// Everything that the answer to endpoint E needs. Its authority proves that the caller may.
template <class E>
struct Call {
    Services& services;
    RequestScope& scope;
    typename detail::AuthorityOf<E>::type authority;
    typename E::Path path;
    typename E::Query query;
    typename E::Body body;
};

template <class E>
using Result = std::conditional_t<E::info.shape == contract::Shape::json,
                                  runtime::Task<Answer<typename E::Reply>>, runtime::Task<>>;

/// What is refused before it is even written down; specialised for what anybody may send.
template <class E>
base::Result<> admit(const Call<E>&) {
    return {};
}

/// Specialised once for each endpoint in api/handlers; a stream's answer writes to the exchange
/// itself.
template <class E>
Result<E> answer(Call<E> call);

/// The proof that endpoint E needs; nothing where it is open.
template <class E>
using AuthorityOf = typename detail::AuthorityOf<E>::type;

/// Specialised (`ITSUP_READY_ROUTE`) for an endpoint whose answer to a request without a query lies
/// ready: it is given without a coroutine. The same as answer<E> gives then.
template <class E>
const Rendered& ready(Services& services, const AuthorityOf<E>& authority);

/// One row of the router's table.
struct Route {
    contract::Info info;
    runtime::Task<> (*handle)(Services&, RequestScope&) = nullptr;
    base::Result<const Rendered*> (*ready)(Services&, const RequestScope&) = nullptr;
};

namespace detail {

template <class E>
base::Result<typename AuthorityOf<E>::type> authority_of(const RequestScope& scope) {
    if constexpr (is_open<E>) {
        return std::monostate{};
    } else {
        return access::authorize<*E::info.permission>(*scope.caller);
    }
}

template <class E>
base::Result<Call<E>> make_call(Services& services, RequestScope& scope) {
    TRY(auto authority, authority_of<E>(scope));
    TRY(auto path, schema::from_parameters<typename E::Path>(scope.path));
    TRY(auto query, schema::from_parameters<typename E::Query>(scope.target.query));
    typename E::Body body{};
    if constexpr (!std::is_same_v<typename E::Body, contract::None>) {
        TRY(const auto text, checked_body(scope));
        TRY(body, schema::from_json<typename E::Body>(text));
    }
    return Call<E>{services,         scope,          std::move(authority), std::move(path),
                   std::move(query), std::move(body)};
}

template <class E>
net::Response to_response(const RequestScope& scope, Answer<typename E::Reply> made) {
    if (E::info.status == 204) {
        net::Response response{.status = 204, .headers = common_headers(scope)};
        for (std::size_t i = 0; i < made.headers.size(); ++i) {
            response.headers.set(made.headers.at(i).first, made.headers.at(i).second);
        }
        return response;
    }
    if (const auto* rendered = std::get_if<Rendered>(&made.body)) {
        return json_response(scope, E::info.status, *rendered, std::move(made.headers));
    }
    return json_response(scope, E::info.status,
                         schema::to_json(std::get<typename E::Reply>(made.body)),
                         std::move(made.headers));
}

template <class E>
runtime::Task<Answer<typename E::Reply>> answer_audited(Services& services, RequestScope& scope,
                                                        Call<E> call) {
    CO_TRY_VOID(admit<E>(call));
    AuditScope audit(services, scope, E::info.audit);
    CO_TRY_VOID(co_await audit.open());
    auto made = co_await answer<E>(std::move(call));
    std::optional<base::Error> error;
    std::string target;
    std::string actor;
    if (made.has_error()) {
        error = made.error();
    } else {
        target = made->audit_target;
        actor = made->audit_actor;
    }
    CO_TRY_VOID(co_await audit.close(std::move(error), std::move(target), std::move(actor)));
    co_return made;
}

/// From a request whose caller is known to its answer. An error is the caller's to turn into a
/// problem.
template <class E>
runtime::Task<> handle(Services& services, RequestScope& scope) {
    CO_TRY(auto call, make_call<E>(services, scope));
    if constexpr (E::info.shape != contract::Shape::json) {
        co_return co_await answer<E>(std::move(call));
    } else if constexpr (E::info.audit.empty()) {
        static_assert(E::info.method == contract::Method::get, "a mutation needs an audit verb");
        CO_TRY(auto made, co_await answer<E>(std::move(call)));
        co_return co_await respond_with(scope, to_response<E>(scope, std::move(made)));
    } else {
        CO_TRY(auto made, co_await answer_audited<E>(services, scope, std::move(call)));
        co_return co_await respond_with(scope, to_response<E>(scope, std::move(made)));
    }
}

template <class E>
base::Result<const Rendered*> ready_for(Services& services, const RequestScope& scope) {
    TRY(const auto authority, authority_of<E>(scope));
    return &ready<E>(services, authority);
}

}  // namespace detail

/// Instantiated in the unit that answers E (`ITSUP_ROUTE`), used by the router's table: an endpoint
/// without an answer does not link.
template <class E>
Route make_route();

/// Stands after `answer<E>` in its unit.
#define ITSUP_ROUTE(E)                                                     \
    template <>                                                            \
    Route make_route<contract::E>() {                                      \
        return {contract::E::info, &detail::handle<contract::E>, nullptr}; \
    }
/// The same after `ready<E>` too.
#define ITSUP_READY_ROUTE(E)                                                                       \
    template <>                                                                                    \
    Route make_route<contract::E>() {                                                              \
        return {contract::E::info, &detail::handle<contract::E>, &detail::ready_for<contract::E>}; \
    }

}  // namespace itsup::api
