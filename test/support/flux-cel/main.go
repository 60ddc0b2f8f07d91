// What Flux's own code makes of CEL expressions: reads a JSON list of {expression, readiness, data} from standard input,
// and prints what became of each as a JSON list of {invalid, error, value}. A readiness is compiled as that of a
// dependency (KC: evalReadyExpr), any other as one of a health check (runtime/cel: NewStatusEvaluator). Built from the
// module of sandbox/tools/cluster, for the tests of src/flux/cel.
package main

import (
	"context"
	"encoding/json"
	"os"
	"time"

	"github.com/fluxcd/pkg/runtime/cel"
	celtypes "github.com/google/cel-go/common/types"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

type question struct {
	Expression string          `json:"expression"`
	Readiness  bool            `json:"readiness"`
	Data       json.RawMessage `json:"data"`
}

type answer struct {
	Invalid string `json:"invalid,omitempty"`
	Error   string `json:"error,omitempty"`
	Value   *bool  `json:"value,omitempty"`
}

func main() {
	var questions []question
	if err := json.NewDecoder(os.Stdin).Decode(&questions); err != nil {
		panic(err)
	}
	answers := []answer{}
	for _, one := range questions {
		answers = append(answers, answerTo(one))
	}
	json.NewEncoder(os.Stdout).Encode(answers)
}

func answerTo(one question) answer {
	var options []cel.Option
	if one.Readiness {
		options = []cel.Option{cel.WithCompile(), cel.WithOutputType(celtypes.BoolType), cel.WithStructVariables("self", "dep")}
	}
	expression, err := cel.NewExpression(one.Expression, options...)
	if err != nil {
		return answer{Invalid: err.Error()}
	}
	// As Kubernetes reads it: whole numbers are int64. The object of the outermost needs a kind there.
	wrapped := append(append([]byte(`{"apiVersion":"v1","kind":"Any","data":`), one.Data...), '}')
	object := &unstructured.Unstructured{}
	if err := object.UnmarshalJSON(wrapped); err != nil {
		panic(err)
	}
	data, _, _ := unstructured.NestedMap(object.Object, "data")
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	value, err := expression.EvaluateBoolean(ctx, data)
	if err != nil {
		return answer{Error: err.Error()}
	}
	return answer{Value: &value}
}
