// The native half of the TorchSharp stand-in. One boxed call reaches every operator of libtorch by its schema name;
// the other exports are what no operator offers: memory, gradients, generators, threads, devices.
// Every export returns 0 or an error code, and then ts_error() holds the text. Nothing may leave as an exception.
#include <ATen/CPUGeneratorImpl.h>
#include <ATen/Context.h>
#include <ATen/Parallel.h>
#include <ATen/core/Tensor.h>
#include <ATen/core/dispatch/Dispatcher.h>
#include <ATen/core/jit_type.h>
#include <ATen/ops/from_blob.h>
#include <c10/core/GradMode.h>
#include <c10/core/InferenceMode.h>
#include <torch/cuda.h>
#include <torch/csrc/autograd/autograd.h>
#include <torch/csrc/autograd/function.h>
#include <torch/version.h>
#include <atomic>
#include <cstring>
#ifdef __GLIBC__
#include <malloc.h>
#endif

#define API extern "C" __attribute__((visibility("default")))

using at::Tensor;
using c10::IValue;
using c10::TypeKind;

static thread_local std::string error_text;
static std::atomic<int64_t> live_tensors{0};

static int fail(int code, const char* text) noexcept {
  try {
    error_text.assign(text, std::strcspn(text, "\n"));   // libtorch's first line: the rest is a C++ trace
  } catch (...) {
    error_text.clear();
  }
  return code;
}

template <class F>
static int guard(F body) noexcept {
  try {
    body();
    return 0;
  } catch (const c10::Error& e) {
    return fail(1, e.what_without_backtrace());
  } catch (const std::exception& e) {
    return fail(2, e.what());
  } catch (...) {
    return fail(3, "unknown native exception");
  }
}

static const Tensor& defined(const Tensor* t, const char* what) {
  TORCH_CHECK(t != nullptr && t->defined(), what, " is null or an undefined tensor");
  return *t;
}

static Tensor* own(Tensor t) {
  if (!t.defined()) return nullptr;
  live_tensors++;
  return new Tensor(std::move(t));
}

static std::vector<Tensor> gather(Tensor* const* list, int n) {
  std::vector<Tensor> result;
  result.reserve(n);
  for (int k = 0; k < n; k++) result.push_back(list[k] ? *list[k] : Tensor());
  return result;
}

// ---- boxed dispatch -------------------------------------------------------------------------------------------------

enum Kind : int32_t { None, ATensor, Int, Double, Bool, Ints, Doubles, Bools, Tensors, String, AGenerator, ADevice };

struct Value {   // the same 16 bytes in Op.cs
  int32_t kind, length;
  union { int64_t i; double d; void* p; };
};

struct Parameter {
  std::string name, type;
  TypeKind kind, element;
  bool optional, optional_element, has_default, dtype;
  int repeat;
  IValue fallback;
};

struct Operator {
  c10::OperatorHandle handle;
  std::vector<Parameter> parameters;
};

static Parameter describe(const c10::Argument& a) {
  Parameter p{a.name(), a.type()->str(), a.type()->kind(), TypeKind::NoneType, false, false, false, false, 1, IValue()};
  auto type = a.type(), real = a.real_type();   // the real type still tells a dtype from an int
  if (p.kind == TypeKind::OptionalType) {
    p.optional = true;
    type = type->containedType(0);
    p.kind = type->kind();
    if (real->kind() == TypeKind::OptionalType) real = real->containedType(0);
  }
  p.dtype = real->kind() == TypeKind::ScalarTypeType;
  if (p.kind == TypeKind::ListType) {
    auto element = type->containedType(0);
    p.optional_element = element->kind() == TypeKind::OptionalType;
    p.element = p.optional_element ? element->containedType(0)->kind() : element->kind();
  }
  if (a.N()) p.repeat = *a.N();
  if (a.default_value()) {
    p.has_default = true;
    p.fallback = *a.default_value();
  }
  return p;
}

static IValue list_of(const Value& v, const Parameter& p, bool& ok) {
  auto ints = static_cast<const int64_t*>(v.p);
  if (p.element == TypeKind::IntType && v.kind == Ints) return IValue(c10::IntArrayRef(ints, v.length));
  if (p.element == TypeKind::IntType && v.kind == Int) return IValue(std::vector<int64_t>(p.repeat, v.i));
  if (p.element == TypeKind::FloatType && v.kind == Doubles) {
    auto first = static_cast<const double*>(v.p);
    return IValue(std::vector<double>(first, first + v.length));
  }
  if (p.element == TypeKind::BoolType && v.kind == Bools) {
    c10::List<bool> list;
    for (int k = 0; k < v.length; k++) list.push_back(ints[k] != 0);
    return IValue(std::move(list));
  }
  if (p.element == TypeKind::TensorType && v.kind == Tensors) {
    auto items = static_cast<Tensor* const*>(v.p);
    if (p.optional_element) {
      c10::impl::GenericList list(c10::OptionalType::create(c10::TensorType::get()));
      for (int k = 0; k < v.length; k++) list.push_back(items[k] ? IValue(*items[k]) : IValue());
      return IValue(std::move(list));
    }
    c10::List<Tensor> list;
    for (int k = 0; k < v.length; k++) list.push_back(defined(items[k], "an element of the list"));
    return IValue(std::move(list));
  }
  ok = false;
  return IValue();
}

static IValue convert(const Value& v, const Parameter& p, const Operator& op) {
  bool ok = true;
  if (v.kind == None && p.optional) return IValue();
  switch (p.kind) {
    case TypeKind::TensorType:
      if (v.kind == ATensor && v.p && static_cast<Tensor*>(v.p)->defined()) return IValue(*static_cast<Tensor*>(v.p));
      break;
    case TypeKind::IntType:
      if (v.kind == Int && (!p.dtype || (v.i >= 0 && v.i < static_cast<int>(c10::ScalarType::Undefined)))) return IValue(v.i);
      break;
    case TypeKind::FloatType:
      if (v.kind == Double) return IValue(v.d);
      if (v.kind == Int) return IValue(static_cast<double>(v.i));
      break;
    case TypeKind::BoolType:
      if (v.kind == Bool) return IValue(v.i != 0);
      break;
    case TypeKind::NumberType:
      if (v.kind == Int) return IValue(v.i);
      if (v.kind == Double) return IValue(v.d);
      if (v.kind == Bool) return IValue(v.i != 0);
      break;
    case TypeKind::StringType:
      if (v.kind == String) return IValue(std::string(static_cast<const char*>(v.p), v.length));
      break;
    case TypeKind::GeneratorType:
      if (v.kind == AGenerator && v.p) return IValue(*static_cast<at::Generator*>(v.p));
      break;
    case TypeKind::DeviceObjType:
      if (v.kind == ADevice) return IValue(c10::Device(static_cast<c10::DeviceType>(v.i), v.length));
      break;
    case TypeKind::ListType: {
      IValue list = list_of(v, p, ok);
      if (ok) return list;
      break;
    }
    default:
      break;
  }
  static const char* const kinds[] = {"nothing", "a tensor", "an int", "a double", "a bool", "a list of int", "a list of double",
                                      "a list of bool", "a list of tensors", "a string", "a generator", "a device"};
  bool null_tensor = v.kind == ATensor && p.kind == TypeKind::TensorType;
  TORCH_CHECK(false, c10::toString(op.handle.operator_name()), ": argument '", p.name, "' must be of type ", p.type, ", got ",
              null_tensor ? "an undefined tensor" : v.kind >= None && v.kind <= ADevice ? kinds[v.kind] : "an unknown kind");
}

static thread_local std::vector<Value> overflow;   // results beyond the caller's room, until ts_rest fetches them

static Value result(IValue&& v) {
  Value r{None, 0, {0}};
  if (v.isTensor()) { r.kind = ATensor; r.p = own(std::move(v).toTensor()); }
  else if (v.isInt()) { r.kind = Int; r.i = v.toInt(); }
  else if (v.isDouble()) { r.kind = Double; r.d = v.toDouble(); }
  else if (v.isBool()) { r.kind = Bool; r.i = v.toBool(); }
  return r;
}

API const char* ts_error() { return error_text.c_str(); }

API int ts_op(const char* name, const char* overload, Operator** out) {
  return guard([&] {
    auto handle = c10::Dispatcher::singleton().findSchema({name, overload});
    TORCH_CHECK(handle.has_value(), "libtorch ", TORCH_VERSION, " has no operator ", name, *overload ? "." : "", overload);
    auto op = std::make_unique<Operator>(Operator{*handle, {}});
    for (auto& a : handle->schema().arguments()) op->parameters.push_back(describe(a));
    *out = op.release();
  });
}

API int ts_call(Operator* op, const Value* args, int n, Value* outs, int room, int* count) {
  return guard([&] {
    auto name = [&] { return c10::toString(op->handle.operator_name()); };
    int wanted = static_cast<int>(op->parameters.size());
    TORCH_CHECK(n <= wanted, name(), " takes ", wanted, " arguments, got ", n);
    torch::jit::Stack stack;
    stack.reserve(wanted + 2);
    for (int k = 0; k < wanted; k++) {
      auto& p = op->parameters[k];
      TORCH_CHECK(k < n || p.has_default, name(), " needs an argument '", p.name, "', got only ", n, " arguments");
      stack.push_back(k < n ? convert(args[k], p, *op) : p.fallback);
    }
    op->handle.callBoxed(stack);
    *count = 0;
    if (outs == nullptr) return;   // in place: the result is the first argument
    overflow.clear();
    auto add = [&](IValue&& v) {
      if (*count < room) outs[*count] = result(std::move(v));
      else overflow.push_back(result(std::move(v)));
      ++*count;
    };
    for (auto& v : stack) {
      if (v.isTensorList()) for (auto& t : v.toTensorVector()) add(IValue(std::move(t)));
      else add(std::move(v));
    }
  });
}

API void ts_rest(Value* outs) {
  std::copy(overflow.begin(), overflow.end(), outs);
  overflow.clear();
}

// ---- tensors --------------------------------------------------------------------------------------------------------

API void ts_delete(Tensor* t) {
  if (t == nullptr) return;
  live_tensors--;
  guard([&] { delete t; });
}

API int64_t ts_live() { return live_tensors; }

API int ts_alias(const Tensor* t, Tensor** out) { return guard([&] { *out = own(defined(t, "self")); }); }

// info: dimensions, elements, dtype, device type, device index, layout, element size, storage offset, contiguous
API int ts_info(const Tensor* t, int64_t* info) {
  return guard([&] {
    auto& x = defined(t, "self");
    bool strided = x.layout() == c10::kStrided;
    int64_t all[] = {x.dim(), x.numel(), static_cast<int64_t>(x.scalar_type()), static_cast<int64_t>(x.device().type()),
                     x.device().index(), static_cast<int64_t>(x.layout()), static_cast<int64_t>(x.element_size()),
                     strided ? x.storage_offset() : 0, strided && x.is_contiguous()};
    std::memcpy(info, all, sizeof all);
  });
}

// 1 requires_grad, 2 is_leaf, 4 retains_grad, 8 inference
API int ts_flags(const Tensor* t, int* flags) {
  return guard([&] {
    auto& x = defined(t, "self");
    *flags = x.requires_grad() | x.is_leaf() << 1 | x.retains_grad() << 2 | x.is_inference() << 3;
  });
}

API int ts_shape(const Tensor* t, int64_t* sizes, int64_t* strides) {
  return guard([&] {
    auto& x = defined(t, "self");
    if (sizes) std::copy(x.sizes().begin(), x.sizes().end(), sizes);
    if (strides) std::copy(x.strides().begin(), x.strides().end(), strides);
  });
}

API int ts_data(const Tensor* t, void** out) { return guard([&] { *out = defined(t, "self").data_ptr(); }); }

API int ts_from_blob(void* data, void (*release)(void*), void* context, const int64_t* sizes, int dims, int dtype, Tensor** out) {
  return guard([&] {
    auto options = at::TensorOptions().dtype(static_cast<c10::ScalarType>(dtype));
    auto deleter = [release, context](void*) { if (release) release(context); };
    *out = own(at::from_blob(data, c10::IntArrayRef(sizes, dims), deleter, options));
  });
}

// ---- gradients ------------------------------------------------------------------------------------------------------

API int ts_grad(const Tensor* t, Tensor** out) { return guard([&] { *out = own(defined(t, "self").grad()); }); }

API int ts_set_grad(Tensor* t, const Tensor* g) {
  return guard([&] {
    defined(t, "self");
    TORCH_CHECK(!g || g->sizes() == t->sizes(), "grad has shape ", g->sizes(), ", but its tensor has shape ", t->sizes());
    TORCH_CHECK(!g || (g->scalar_type() == t->scalar_type() && g->device() == t->device()),
                "grad must have its tensor's dtype and device: ", t->scalar_type(), " on ", t->device());
    t->mutable_grad() = g ? *g : Tensor();
  });
}

API int ts_requires_grad(Tensor* t, bool value) { return guard([&] { defined(t, "self").set_requires_grad(value); }); }

API int ts_retain_grad(Tensor* t) { return guard([&] { defined(t, "self").retain_grad(); }); }

API int ts_backward(Tensor* const* tensors, int n, Tensor* const* grads, int ng, bool retain, bool create, Tensor* const* inputs, int ni) {
  return guard([&] {
    for (int k = 0; k < n; k++) defined(tensors[k], "a tensor of backward");
    torch::autograd::backward(gather(tensors, n), gather(grads, ng), retain, create, gather(inputs, ni));
  });
}

API int ts_autograd_grad(Tensor* const* outputs, int n, Tensor* const* inputs, int ni, Tensor* const* grads, int ng, bool retain,
                         bool create, bool allow_unused, Tensor** results) {
  return guard([&] {
    for (int k = 0; k < n; k++) defined(outputs[k], "an output of grad");
    for (int k = 0; k < ni; k++) defined(inputs[k], "an input of grad");
    auto found = torch::autograd::grad(gather(outputs, n), gather(inputs, ni), gather(grads, ng), retain, create, allow_unused);
    for (size_t k = 0; k < found.size(); k++) results[k] = own(std::move(found[k]));
  });
}

API int ts_grad_mode(int value) {   // -1 asks only; answers what was
  bool before = c10::GradMode::is_enabled();
  if (value >= 0) c10::GradMode::set_enabled(value != 0);
  return before;
}

API bool ts_inference_enabled() { return c10::InferenceMode::is_enabled(); }
API c10::InferenceMode* ts_inference_begin(bool on) { return new c10::InferenceMode(on); }
API void ts_inference_end(c10::InferenceMode* mode) { delete mode; }

// A function of the user: backward is a managed callback; a nonzero answer means that ts_fail has the text.
struct Callback {
  int (*backward)(void* context, Tensor* const* grads, int n, Tensor** results, int m);
  void (*release)(void* context);
  void* context;
};

struct ManagedNode : torch::autograd::Node {
  Callback callback{};
  int inputs = 0;
  ~ManagedNode() override { if (callback.release) callback.release(callback.context); }
  torch::autograd::variable_list apply(torch::autograd::variable_list&& grads) override {
    std::vector<Tensor*> in, out(inputs);
    for (auto& g : grads) in.push_back(own(g));                     // the callback owns them
    int code = callback.backward(callback.context, in.data(), static_cast<int>(in.size()), out.data(), inputs);
    torch::autograd::variable_list results;
    for (auto o : out) {
      results.push_back(o ? *o : Tensor());
      ts_delete(o);
    }
    if (code != 0) throw std::runtime_error(error_text);
    return results;
  }
  std::string name() const override { return "ManagedFunction"; }
};

API void ts_fail(const char* text) { fail(4, text); }

API int ts_function(Tensor* const* inputs, int n, Tensor* const* outputs, int m, const Callback* callback, Tensor** results) {
  return guard([&] {
    auto node = std::shared_ptr<ManagedNode>(new ManagedNode(), torch::autograd::deleteNode);
    node->callback = *callback;
    node->inputs = n;
    node->set_next_edges(torch::autograd::collect_next_edges(gather(inputs, n)));
    for (int k = 0; k < m; k++) {
      Tensor out = defined(outputs[k], "an output of the function").detach();
      if (out.is_floating_point() || out.is_complex()) {
        auto number = node->add_input_metadata(out);
        torch::autograd::impl::set_gradient_edge(out, {node, number});
      }
      results[k] = own(std::move(out));
    }
  });
}

// ---- random numbers, threads, devices -------------------------------------------------------------------------------

API int ts_manual_seed(uint64_t seed) { return guard([&] { at::manual_seed(seed); }); }

API int ts_generator(int device, int index, bool fresh, at::Generator** out) {
  return guard([&] {
    c10::Device place(static_cast<c10::DeviceType>(device), index);
    if (fresh && place.is_cpu()) {
      *out = new at::Generator(at::detail::createCPUGenerator());  // libtorch 1.13 never frees what clone() makes
      return;
    }
    auto& g = at::globalContext().defaultGenerator(place);
    *out = new at::Generator(fresh ? g.clone() : g);
  });
}

API void ts_generator_delete(at::Generator* g) { delete g; }

API int ts_generator_seed(at::Generator* g, bool set, uint64_t* seed) {
  return guard([&] {
    std::lock_guard<std::mutex> lock(g->mutex());
    if (set) g->set_current_seed(*seed);
    *seed = g->current_seed();
  });
}

API int ts_generator_state(at::Generator* g, const Tensor* set, Tensor** out) {
  return guard([&] {
    std::lock_guard<std::mutex> lock(g->mutex());
    if (set) g->set_state(*set);
    else *out = own(g->get_state());
  });
}

API int ts_threads(bool interop, int set, int* out) {
  return guard([&] {
    if (set > 0 && interop) at::set_num_interop_threads(set);
    else if (set > 0) at::set_num_threads(set);
    *out = interop ? at::get_num_interop_threads() : at::get_num_threads();
  });
}

API int ts_cuda(int* count) { return guard([&] { *count = static_cast<int>(torch::cuda::device_count()); }); }
API int ts_cudnn(bool* available) { return guard([&] { *available = torch::cuda::cudnn_is_available(); }); }
API int ts_cuda_synchronize(int64_t device) { return guard([&] { torch::cuda::synchronize(device); }); }
API const char* ts_version() { return TORCH_VERSION; }

// glibc gives big blocks back to the system at once and pays for the page faults again at the next tensor; keep them.
API void ts_keep_memory() {
#ifdef __GLIBC__
  mallopt(M_MMAP_THRESHOLD, 32 << 20);
  mallopt(M_TRIM_THRESHOLD, 1 << 30);
#endif
}
